"""Which versions of the policy a worker takes, for the audit log."""

import asyncio
import logging
import socket

from standfast.policy_file.source import PolicySource
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

LOOK_EVERY = 10.0
_MOST_WAITING = 100
"""Versions that wait for the record store; of more, the latest."""

_log = logging.getLogger(__name__)


class PolicyVersions:
    """Records each version that is in force, once for all workers that take it one after another.

    While the record store is away, they wait.
    """

    def __init__(
        self, policy: PolicySource, records: RecordStore, every: float = LOOK_EVERY
    ) -> None:
        """`every`: seconds between two looks at the policy."""
        self._policy = policy
        self._records = records
        self._every = every
        self._latest = ""
        self._waiting: list[str] = []

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self._every)

    async def look(self) -> None:
        """Look once; what the record store takes does not wait any more."""
        version = (await asyncio.to_thread(self._policy.current)).version
        if version != self._latest:
            self._latest = version
            self._waiting = [*self._waiting, version][-_MOST_WAITING:]
        try:
            while self._waiting:
                await self._records.run(self._records.audit.record_if_new, self._event())
                del self._waiting[0]
        except RecordsUnavailable as away:
            _log.warning("the policy's version is not in the audit log yet: %s", away)

    def _event(self) -> AuditEvent:
        return AuditEvent(
            AuditKind.POLICY_TAKEN,
            by="a worker",
            origin=socket.gethostname(),
            subject=f"version {self._waiting[0]}",
            detail=str(self._policy.path),
        )
