"""Delivers the counts of repeats to their incidents: the first at once, then with growing pauses.

The whole count is delivered, so that a second delivery changes nothing: after a failure, by
another process, or after a restart, which first delivers what a dead process had only counted.
A repeat that is worse than what the incident knows is delivered at once, whatever the pause.
"""

import asyncio
import contextlib
import itertools
import logging
from collections import OrderedDict
from collections.abc import Coroutine, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from standfast.incidents import names
from standfast.incidents.monitoring import (
    MOST_MEMBERS,
    MOST_RECOVERED,
    MOST_WORSE,
    MembersRecovered,
    Recovery,
    Repeats,
)
from standfast.incidents.report import Report, ReportResult
from standfast.intake.errors import IntakeError
from standfast.intake.open_incident import OpenIncident
from standfast.intake.repeat_changes import Change, Delivered, RepeatAssessment
from standfast.intake.repeat_counter import RepeatCounter
from standfast.records.errors import RecordsUnavailable
from standfast.records.repeats import CountLine, WorseRepeat
from standfast.records.store import RecordStore

_log = logging.getLogger(__name__)

PAUSES = (1.0, 5.0, 15.0, 30.0)
"""Seconds after the first delivery, the second, … until the next; the last holds from then on.

A storm of a minute costs five deliveries. After `BURST_ENDS_AFTER`, or a recovery, the pauses
start again.
"""

BURST_ENDS_AFTER = 60.0
"""Seconds without a repeat."""

REDELIVER_AFTER = 600.0
"""Seconds after which what is worse is delivered once more: another process may have started the
next episode. A second delivery changes nothing.
"""

MOST_REMEMBERED = 50_000
"""Incidents that a process knows to be open; a report for any other asks Temporal."""

_AT_ONCE = 20
_RPC_LIMIT = timedelta(seconds=10)
_LONGEST_RETRY = 30.0
_POLL_EVERY = 60.0
"""Seconds between polls for counts that other processes have stored but not delivered."""
_PURGE_EVERY = 60
"""Purge at every so many polls."""
_KEEP_COUNTS = timedelta(days=30)
_KEEP_WEBHOOKS = timedelta(days=7)
_KEEP_RECOVERIES = timedelta(days=1)
_MOST_MESSAGES = 2 + MOST_MEMBERS // MOST_WORSE
"""To deliver all that waits for one incident."""
_STOP_WITHIN = 5.0
"""Seconds for a process that ends; what it has not delivered by then, the next one does."""


class Reporting(Protocol):
    """Calls `intake.reporting.report_incident`, which see."""

    def __call__(
        self,
        report: Report,
        counted: Mapping[str, int],
        repeats: Repeats | None = None,
        more: int = 0,
    ) -> Coroutine[Any, Any, ReportResult]: ...


class RepeatFlusher:
    """Remembers open incidents and delivers their counts; for one event loop."""

    def __init__(
        self,
        client: Client,
        records: RecordStore,
        counter: RepeatCounter,
        report: Reporting,
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._client = client
        self._records = records
        self._counter = counter
        self._report = report
        self._pauses = pauses
        self._known: OrderedDict[str, OpenIncident] = OrderedDict()
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._polling: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start to poll for counts that nobody has delivered."""
        self._polling = asyncio.create_task(self._poll())

    async def stop(self) -> None:
        """Deliver what there is time for; the rest stays in the store."""
        if self._polling:
            self._polling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._polling
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_WITHIN):
                await self.flush_all()
        for known in self._known.values():
            known.cancel_timer()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def known(self, incident_id: str) -> OpenIncident | None:
        """The incident, if this process knows it to be open."""
        known = self._known.get(incident_id)
        if known:
            self._known.move_to_end(incident_id)
        return known

    def remember(self, incident_id: str) -> OpenIncident:
        """Remember it as open."""
        known = self._known.setdefault(incident_id, OpenIncident(incident_id))
        while len(self._known) > MOST_REMEMBERED:
            _, oldest = self._known.popitem(last=False)
            oldest.cancel_timer()  # its pending count is in the store: a poll finds it
        return known

    def count_changed(self, known: OpenIncident, line: CountLine) -> None:
        """Its stored count is this now: schedule the delivery."""
        known.merge_count(line)
        known.delivered_is_unknown = False
        now = asyncio.get_running_loop().time()
        if now - known.heard_at > BURST_ENDS_AFTER:
            known.reset_pauses()
        known.heard_at = now
        self._schedule(known)

    def change_of(self, known: OpenIncident, assessment: RepeatAssessment) -> Change:
        """What a repeat adds to what was delivered to the incident."""
        now = asyncio.get_running_loop().time()
        heard_at, delivered = known.heard_at, known.delivered
        if (
            now - max(heard_at, delivered.since) > BURST_ENDS_AFTER
            or now - delivered.since > REDELIVER_AFTER
        ):
            known.delivered = Delivered(since=now)
        return known.delivered.compare(assessment, len(known.worse))

    def note_delivered(
        self, known: OpenIncident, assessment: RepeatAssessment, change: Change = Change.NONE
    ) -> None:
        """The repeat was delivered, or is stored and will be: at once, if it is worse."""
        if not known.delivered.since:
            known.delivered.since = asyncio.get_running_loop().time()
        known.delivered.add(assessment)
        known.over.pop(assessment.member, None)
        if change is Change.WORSE:
            known.urgent.add(assessment.key)
            known.cancel_timer()

    async def flush_all(self) -> None:
        """Deliver everything that is pending, now."""
        pending = [known for known in self._known.values() if known.has_pending]
        await asyncio.gather(*map(self._flush, pending), *self._tasks)

    async def recover_member(self, incident_id: str, by: str, member: str) -> bool:
        """One alert of its group is over: it is told with its repeats, or at once where this
        process does not know whether it is open. False when it is not.
        """
        known = self.known(incident_id)
        if known is None:
            known = OpenIncident(incident_id, over={member: by})
            async with known.flushing:
                if not await self._send_over(known, [member]):
                    return False
            self.remember(incident_id)
            return True
        known.over[member] = by
        known.delivered.members.discard(member)
        self._schedule(known)
        return True

    async def deliver_recovery(self, incident_id: str, said: Recovery) -> bool:
        """Deliver its repeats, then the recovery; False when it is not open."""
        known = self.known(incident_id) or OpenIncident(incident_id)
        try:
            return await self._deliver_recovery(known, said)
        finally:
            self._schedule(known)

    async def _deliver_recovery(self, known: OpenIncident, said: Recovery) -> bool:
        async with known.flushing:
            # Other processes may have counted too, also one that has died.
            with contextlib.suppress(RecordsUnavailable):
                line = await asyncio.to_thread(self._records.repeats.line, known.incident_id)
                if line:
                    known.merge_count(line)
            # What fired before must not arrive after the recovery, as if it fired on.
            for _ in range(_MOST_MESSAGES):
                await self._send_count(known)
                if not known.worse:
                    break
            known.over.clear()
            known.reset_pauses()
            known.delivered = Delivered()
            handle = self._client.get_workflow_handle(known.incident_id)
            try:
                await handle.signal(names.RECOVERED, said, rpc_timeout=_RPC_LIMIT)
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                if not known.has_pending:
                    self._known.pop(known.incident_id, None)
                return False
        return True

    def _schedule(self, known: OpenIncident) -> None:
        if known.has_pending and known.due is None and not known.flushing.locked():
            loop = asyncio.get_running_loop()
            at_once = bool(known.urgent) and not known.failures
            due = loop.time() if at_once else max(loop.time(), known.not_before)
            known.due = loop.call_at(due, self._is_due, known)

    def _is_due(self, known: OpenIncident) -> None:
        known.due = None
        task = asyncio.create_task(self._flush(known))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _flush(self, known: OpenIncident) -> None:
        async with known.flushing, self._at_once:
            loop = asyncio.get_running_loop()
            try:
                await self._send(known)
            except (RPCError, RuntimeError, TimeoutError, IntakeError) as away:
                # RuntimeError is what the SDK raises when it cannot connect.
                if not known.failures:
                    _log.warning("repeats of %s are not delivered yet: %s", known.incident_id, away)
                known.not_before = loop.time() + min(2.0**known.failures, _LONGEST_RETRY)
                known.failures = min(known.failures + 1, 10)
            else:
                known.failures = 0
                known.not_before = loop.time() + self._pauses[known.pause]
                known.pause = min(known.pause + 1, len(self._pauses) - 1)
        self._schedule(known)

    async def _send(self, known: OpenIncident) -> None:
        """Deliver its count, and what has recovered of it.

        That comes first, since it makes room for others, but for what the count says to fire.
        """
        reported = known.reported_members
        if over := [key for key in known.over if key not in reported]:
            await self._send_over(known, over)
        await self._send_count(known)
        if known.over and not known.worse:
            await self._send_over(known, list(known.over))

    async def _send_over(self, known: OpenIncident, keys: Sequence[str]) -> bool:
        """Deliver that these alerts of it have recovered; False when it is not open."""
        over = {key: known.over.pop(key) for key in keys[:MOST_RECOVERED]}
        said = MembersRecovered(by=next(reversed(over.values())), members=tuple(over))
        handle = self._client.get_workflow_handle(known.incident_id)
        try:
            await handle.signal(names.MEMBERS_RECOVERED, said, rpc_timeout=_RPC_LIMIT)
        except BaseException as error:
            if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
                return False
            # Not those that fire again meanwhile.
            since = known.delivered.members
            known.over |= {key: by for key, by in over.items() if key not in since}
            raise
        return True

    async def _send_count(self, known: OpenIncident) -> None:
        """Deliver its count. Where it has closed, what it missed opens its next episode."""
        line, worse = known.line, known.next_worse()
        if line is None or not (line.untold or worse):
            return
        message = _repeats(line, worse)
        handle = self._client.get_workflow_handle(known.incident_id)
        try:
            await handle.signal(names.REPEATS, message, rpc_timeout=_RPC_LIMIT)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            line = await self._refreshed_count(known)
            worse = known.next_worse()
            if not (line.untold or worse):
                return
            message = _repeats(line, worse)
            result = await self._report(
                line.report, {line.counter: line.total}, message, max(line.untold - 1, 0)
            )
            if result.created:
                known.delivered = Delivered()  # the new episode has none of it
                if worse:
                    await handle.signal(names.REPEATS, message, rpc_timeout=_RPC_LIMIT)
        known.mark_delivered(line, worse)
        self._counter.mark_delivered(line, worse)

    async def _refreshed_count(self, known: OpenIncident) -> CountLine:
        """The count, with what other processes have counted and delivered."""
        with contextlib.suppress(RecordsUnavailable):
            line = await asyncio.to_thread(self._records.repeats.line, known.incident_id)
            if line:
                # What another process has delivered is not in the store any more.
                waiting = {each.words for each in line.worse}
                for words in known.worse.keys() - waiting:
                    del known.worse[words]
                known.urgent &= waiting
                known.merge_count(line)
        if known.line is None:
            raise RuntimeError("asked of an incident without a count")
        return known.line

    async def _poll(self) -> None:
        before: datetime | None = None  # at the start there may be no other process to deliver it
        for look in itertools.count():
            try:
                lines = await asyncio.to_thread(self._records.repeats.untold, before)
                for line in lines:
                    self.count_changed(self.remember(line.incident_id), line)
                if look % _PURGE_EVERY == 0:
                    await asyncio.to_thread(self._purge)
            except RecordsUnavailable as away:
                _log.warning("counts of other processes cannot be polled: %s", away)
            await asyncio.sleep(_POLL_EVERY)
            before = datetime.now(UTC) - timedelta(seconds=_POLL_EVERY)

    def _purge(self) -> None:
        now = datetime.now(UTC)
        self._records.repeats.forget(now - _KEEP_COUNTS)
        self._records.groups.forget(now - _KEEP_COUNTS)
        self._records.webhooks.forget(now - _KEEP_WEBHOOKS)
        self._records.recoveries.forget(now - _KEEP_RECOVERIES)


def _repeats(line: CountLine, worse: tuple[WorseRepeat, ...]) -> Repeats:
    reports = tuple(each.report for each in worse)
    return Repeats(counter=line.counter, total=line.total, report=line.report, worse=reports)
