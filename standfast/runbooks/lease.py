"""Holding a target while a runbook acts on it: the lease, its renewal, and the durable journal."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import ParamSpec

from standfast.incidents.resolution import RemediationOutcome
from standfast.programs.running import to_completion
from standfast.records.errors import RecordsUnavailable
from standfast.records.remediation import Fenced, Granted, JournalLine
from standfast.records.remediations import Remediations
from standfast.runbooks.errors import LeaseLost

LEASE = timedelta(seconds=20)
"""How long a target stays held by an attempt that has died: somewhat longer than the heartbeat by
which Temporal notices, and much longer than what is left of its commands takes to end."""

_RENEWALS_IN_A_LEASE = 4
_ASK_AGAIN = 0.5
"""Seconds between two tries to write, while the record store is away."""

_log = logging.getLogger(__name__)

Given = ParamSpec("Given")


class TargetLease:
    """An attempt's hold on its target; an `executor.Journal` whose lines outlive the worker.

    Every method that writes raises LeaseLost when the record store is away for most of a lease, or
    a later attempt has taken over.
    """

    def __init__(self, remediations: Remediations, admitted: Granted, lease: timedelta) -> None:
        self._remediations = remediations
        self._admitted = admitted
        self._lease = lease
        # Ending a command takes its time too, so giving up comes before the lease is over.
        self._patience = lease.total_seconds() * (1 - 1 / _RENEWALS_IN_A_LEASE)

    @asynccontextmanager
    async def renewed(self) -> AsyncIterator[None]:
        """Renew the lease while the block runs.

        Raises:
            LeaseLost: it could not be renewed; the block was cancelled.
        """
        working, lost = asyncio.current_task(), []

        async def renew() -> None:
            try:
                while True:
                    await asyncio.sleep(self._lease.total_seconds() / _RENEWALS_IN_A_LEASE)
                    await self._write(self._remediations.renew, self._admitted, self._lease)
            except LeaseLost as problem:
                lost.append(problem)
                if working:
                    working.cancel()

        renewing = asyncio.create_task(renew())
        try:
            yield
        except asyncio.CancelledError:
            if lost and working and working.uncancel() == 0:
                raise lost[0] from None
            raise
        finally:
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing

    async def intend(self, number: int, *, undoing: bool) -> None:
        """A step, or its undoing, is about to begin."""
        await self._write(self._remediations.intend, self._admitted, number, undoing=undoing)

    async def ended(self, line: JournalLine) -> None:
        """How it ended."""
        await self._write(self._remediations.ended, self._admitted, line)

    async def begin_undoing(self, because: str) -> None:
        """From now on steps are only undone."""
        await self._write(self._remediations.begin_undoing, self._admitted, because)

    async def finish(self, outcome: RemediationOutcome, result: str) -> None:
        """It has ended: the target is free."""
        await self._write(self._remediations.finish, self._admitted, outcome, result)

    async def release(self) -> None:
        """This attempt stops here; the next one need not wait until the lease is over."""
        try:
            await asyncio.to_thread(self._remediations.release, self._admitted)
        except (RecordsUnavailable, Fenced) as problem:
            _log.warning("%s stays held for a moment: %s", self._admitted.key, problem)

    async def _write(
        self, write: Callable[Given, None], *given: Given.args, **named: Given.kwargs
    ) -> None:
        """Write; retry while the record store is away. A write that has begun is completed."""
        until = time.monotonic() + self._patience
        while True:
            try:
                await to_completion(asyncio.to_thread(write, *given, **named))
            except Fenced as overtaken:
                raise LeaseLost(str(overtaken)) from None
            except RecordsUnavailable as away:
                if time.monotonic() > until:
                    raise LeaseLost(f"the journal cannot be written: {away}") from None
                await asyncio.sleep(_ASK_AGAIN)
            else:
                return
