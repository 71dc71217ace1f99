"""Stale alerts: set aside for a while, and counted after all if nothing says that they are over."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from temporalio.service import RPCError

from standfast.decisions.stale import STALE_WITHIN, is_over, stale_because, too_late_because
from standfast.incidents.alert import Alert, AlertAction, AlertRecovery, StaleAlert
from standfast.intake.errors import IntakeError, Refused
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

_log = logging.getLogger(__name__)

_LOOK_EVERY = 30.0
"""Seconds between two looks for what was set aside long enough."""


class Heard(NamedTuple):
    """An alert with a start, that fires or is over, and its `incident_key`."""

    key: str
    alert: Alert


class Stale(NamedTuple):
    """Why an alert is stale, and the incident that it was in."""

    incident_id: str
    reason: str


class StaleAlerts:
    """For one process. Whatever the record store cannot answer counts: no alert waits for it."""

    def __init__(
        self,
        records: RecordStore,
        count: Callable[[str, Alert], Awaitable[None]],
        within: timedelta = STALE_WITHIN,
    ) -> None:
        """count: takes an alert of a source that counts. within: see `decisions.stale`."""
        self._records = records
        self._count = count
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

    async def among(
        self, source: str, heard: Mapping[int, Heard], where: Callable[[Alert], Awaitable[str]]
    ) -> dict[int, Stale]:
        """Those that come too late, by their numbers. What fires is set aside; a recovery ends what
        was set aside.

        where: the id of the incident that an alert was in.
        """
        if not heard:
            return {}
        try:
            keys = {one.key for one in heard.values()}
            known = await asyncio.to_thread(self._records.recoveries.of, keys)
            if not known:
                return {}
            late = {
                number: Stale(await where(alert), reason)
                for number, (key, alert) in heard.items()
                if key in known and (reason := self._late_because(alert, known[key]))
            }
            if late:
                await asyncio.to_thread(self._keep, source, heard, late)
            await asyncio.to_thread(self._note_what_fires_anew, heard.values(), known)
        except RecordsUnavailable as away:
            _log.warning("whether an alert is stale is not known, so it counts: %s", away)
            return {}
        for number, stale in late.items():
            _log.warning("%s is set aside, %s", heard[number].key, stale.reason)
        return late

    def _late_because(self, alert: Alert, recovery: AlertRecovery) -> str:
        if alert.starts_at is None:
            return ""
        if alert.action is AlertAction.RESOLVE:
            return too_late_because(alert.starts_at, recovery)
        return stale_because(alert.starts_at, recovery, datetime.now(UTC), self._within)

    def _keep(self, source: str, heard: Mapping[int, Heard], late: Mapping[int, Stale]) -> None:
        """Set aside what fires; what is over ends what was set aside."""
        recoveries = self._records.recoveries
        fire: dict[str, StaleAlert] = {}
        over: dict[str, datetime] = {}
        for number, stale in late.items():
            key, alert = heard[number]
            if alert.action is AlertAction.TRIGGER:
                fire[key] = StaleAlert(source=source, incident_id=stale.incident_id, alert=alert)
            elif alert.starts_at:
                over[key] = alert.starts_at
        if fire:
            recoveries.set_aside(fire)
        if over:
            recoveries.note(over, only_known=True)

    def _note_what_fires_anew(
        self, heard: Iterable[Heard], known: Mapping[str, AlertRecovery]
    ) -> None:
        """So that a late recovery from an earlier firing can be told from one of this."""
        anew: dict[str, datetime] = {}
        for key, alert in heard:
            start, recovery = alert.starts_at, known.get(key)
            if recovery and start and alert.action is AlertAction.TRIGGER:
                before = recovery.fired or recovery.began
                if start > before and not is_over(start, recovery):
                    anew[key] = max(start, anew.get(key, start))
        if anew:
            self._records.recoveries.fire_anew(anew)

    async def _look(self) -> None:
        while True:
            try:
                await self.count_what_goes_on()
            except (RecordsUnavailable, RPCError, RuntimeError, ValueError, IntakeError) as away:
                _log.warning("stale alerts that go on are not counted yet: %s", away)
            await asyncio.sleep(_LOOK_EVERY)

    async def count_what_goes_on(self) -> None:
        """Count what was set aside long ago: nothing has said since that it is over.

        Where a process dies in between, or two look at once, it counts twice, as two reports.
        """
        recoveries = self._records.recoveries
        async with self._one_at_a_time:
            before = await asyncio.to_thread(self._records.now) - self._within
            for aside in await asyncio.to_thread(recoveries.aside, before):
                try:
                    await self._count(aside.stale.source, aside.stale.alert)
                except Refused as refused:
                    _log.warning("%s was set aside, and is refused: %s", aside.key, refused)
                await asyncio.to_thread(recoveries.counted, aside.key)
