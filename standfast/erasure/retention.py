"""The daily job: erases what the policy's `retention` no longer keeps, and looks after keys."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from temporalio.service import RPCError

from standfast.encryption.errors import EncryptionError
from standfast.encryption.payload_codec import PayloadEncryption
from standfast.intake.errors import IntakeError
from standfast.policy import Policy
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.erasing import Tombstone
from standfast.records.errors import RecordsUnavailable
from standfast.records.phone_messages import KEPT_FOR
from standfast.records.store import RecordStore

_log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
_FIRST_AFTER = timedelta(minutes=10)
"""After a start: not while a worker has a backlog."""

_MOST = 500
"""Incidents in one run: it may take a while, and nothing else must wait for it."""

_MOST_KEYS = 5_000
BY = "retention"
"""Who erased it, in the row that is left."""


class Erases(Protocol):
    """Erases closed incidents."""

    async def closed_of(self, incident_ids: list[str]) -> list[str]: ...

    async def erase(
        self, incident_ids: list[str], by: str, reason: str, *, write_anew: bool
    ) -> list[Tombstone]: ...


class Retention:
    """Runs daily in a worker. Several workers may do it at once; it is done once."""

    def __init__(
        self,
        policy: Callable[[], Policy],
        records: RecordStore,
        eraser: Erases,
        encryption: PayloadEncryption | None,
    ) -> None:
        self._policy = policy
        self._records = records
        self._eraser = eraser
        self._encryption = encryption

    async def run(self) -> None:
        """Do it every day until cancelled."""
        await asyncio.sleep(_FIRST_AFTER.total_seconds())
        while True:
            for task in (self.purge, self.look_after_keys):
                await _tried(task)
            await asyncio.sleep(EVERY.total_seconds())

    async def purge(self) -> str:
        """Erase what is older than the policy keeps it; what was removed, in words."""
        policy = self._policy()
        rules = policy.retention
        now = datetime.now(UTC)
        removed = []
        if rules.records is not None:
            old = await asyncio.to_thread(
                self._records.erasing.closed_before, now - rules.records, _MOST
            )
            closed = await self._eraser.closed_of(old)
            if closed:
                # Nobody could write while the file is: a page at that moment would wait for it.
                await self._eraser.erase(
                    closed, BY, "older than the policy keeps", write_anew=False
                )
                removed.append(f"{len(closed)} incidents")
        if rules.deliveries is not None:
            sent = await asyncio.to_thread(
                self._records.erasing.forget_deliveries, now - rules.deliveries
            )
            if sent:
                removed.append(f"{sent} deliveries")
        # Their codes are no longer good, whatever the policy keeps.
        calls = await asyncio.to_thread(self._records.phone_messages.forget, now - KEPT_FOR)
        if calls:
            removed.append(f"{calls} SMS and calls")
        if rules.audit is not None:
            entries = await asyncio.to_thread(self._records.audit.forget, now - rules.audit)
            if entries:
                removed.append(f"{entries} entries of the audit log")
        gone = await asyncio.to_thread(self._records.own_channels.forget_all_but, policy.people)
        if gone:
            removed.append(await self._noted(AuditKind.CHANNEL_REMOVED, gone, "channel"))
        ended = await asyncio.to_thread(self._records.push_devices.end_all_but, policy.people, now)
        if ended:
            removed.append(await self._noted(AuditKind.DEVICE_ENDED, ended, "device"))
        return f"retention removed {' and '.join(removed)}" if removed else ""

    async def _noted(self, kind: AuditKind, count: int, what: str) -> str:
        """Put on record what went with people who have left; it in words."""
        several = "" if count == 1 else "s"
        detail = f"{count} {what}{several} of people whom the policy does not have any more"
        event = AuditEvent(kind, by=BY, detail=detail)
        await asyncio.to_thread(self._records.audit.record, event)
        return detail

    async def look_after_keys(self) -> str:
        """Wrap keys anew by the current key of the ring, and drop copies of those thrown away."""
        if self._encryption is None or not self._encryption.ring.ids:
            return ""
        stored, keys = self._records.incident_keys, self._encryption.keys
        since = datetime.now(UTC) - timedelta(days=30)
        for gone in await asyncio.to_thread(stored.thrown_away_since, since):
            keys.forget(gone.incident_id, gone.key_id)
        others = await asyncio.to_thread(
            stored.not_wrapped_by, self._encryption.ring.current, _MOST_KEYS
        )
        wrapped = 0
        for key in others:
            try:
                anew = keys.wrapped_anew(key)
            except EncryptionError as unread:
                return f"{wrapped} keys were wrapped anew, others cannot be: {unread}"
            await asyncio.to_thread(stored.rewrap, anew)
            wrapped += 1
        ring_key = self._encryption.ring.current
        return f"{wrapped} keys of incidents were wrapped anew by {ring_key}" if wrapped else ""


async def _tried(task: Callable[[], Awaitable[str]]) -> None:
    try:
        if said := await task():
            _log.warning("%s", said)
    except (RPCError, RecordsUnavailable, IntakeError) as away:
        _log.warning("retention goes on tomorrow: %s", away)
    except Exception:
        # Whatever it is: incidents go on without it, and nobody else would say so.
        _log.exception("retention failed, and goes on tomorrow")
