"""Stale alerts: set aside for a while, and counted after all if nothing says that they are over."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta

from temporalio.service import RPCError

from standfast.decisions.stale import STALE_WITHIN, stale_because
from standfast.incidents.alert import AlertRecovery
from standfast.incidents.report import Report
from standfast.intake.errors import IntakeError
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

_log = logging.getLogger(__name__)

_LOOK_EVERY = 30.0
"""Seconds between two looks for what was set aside long enough."""


class StaleAlerts:
    """For one process. Whatever the record store cannot answer counts: no alert waits for it."""

    def __init__(
        self,
        records: RecordStore,
        accept: Callable[[Report], Awaitable[object]],
        within: timedelta = STALE_WITHIN,
    ) -> None:
        """accept: takes a report that counts. within: see `decisions.stale.STALE_WITHIN`."""
        self._records = records
        self._accept = accept
        self._within = within
        self._looking: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()

    def start(self) -> None:
        """Look from now on for what was set aside long enough, also by another process."""
        self._looking = asyncio.create_task(self._look())

    async def stop(self) -> None:
        """Look no more; what is set aside stays so for the next process."""
        if self._looking:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    async def recovered(self, began: Mapping[str, datetime], *, is_open: bool) -> None:
        """These alerts, by their keys, are over by the word of their source; they began then.

        is_open: whether an incident was open for them. A recovery that came before its alert is
        no reason to set that aside.
        """
        if began:
            try:
                await asyncio.to_thread(
                    self._records.recoveries.note, began, only_known=not is_open
                )
            except RecordsUnavailable as away:
                _log.warning("a late repeat of what recovered would count: %s", away)

    async def recoveries(self, alerts: Collection[str]) -> dict[str, AlertRecovery]:
        """What is known of the last recovery of these alerts."""
        if not alerts:
            return {}
        try:
            return await asyncio.to_thread(self._records.recoveries.of, alerts)
        except RecordsUnavailable as away:
            _log.warning("whether an alert is stale is not known, so it counts: %s", away)
            return {}

    async def set_aside(
        self, alert: str, report: Report, starts_at: datetime, recovery: AlertRecovery
    ) -> str:
        """Set a report aside if it is stale, and say why; empty when it is to be counted."""
        reason = stale_because(starts_at, recovery, datetime.now(UTC), self._within)
        if not reason:
            return ""
        try:
            kept = await asyncio.to_thread(self._records.recoveries.set_aside, alert, report)
        except RecordsUnavailable as away:
            _log.warning("a stale alert could not be set aside, so it counts: %s", away)
            return ""
        if kept:
            _log.warning("%s is set aside, %s", alert, reason)
        return reason if kept else ""

    async def _look(self) -> None:
        while True:
            try:
                await self.count_what_goes_on()
            except (RecordsUnavailable, RPCError, RuntimeError, IntakeError) as away:
                _log.warning("stale alerts that go on are not counted yet: %s", away)
            await asyncio.sleep(_LOOK_EVERY)

    async def count_what_goes_on(self) -> None:
        """Count what was set aside long ago: nothing has said since that it is over.

        Where a process dies in between, or two look at once, it counts twice, as two reports.
        """
        recoveries = self._records.recoveries
        async with self._one_at_a_time:
            before = datetime.now(UTC) - self._within
            for aside in await asyncio.to_thread(recoveries.set_aside_before, before):
                await self._accept(aside.report)
                await asyncio.to_thread(recoveries.done, aside.key)
