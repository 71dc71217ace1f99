"""Tells incidents how often they came again: the first time at once, then with growing pauses.

What is told is the whole count, so that telling it again changes nothing: after a failure, by
another process, or after a restart, which tells first what a process that died had only counted.
A repeat that is worse than what the incident was told is told at once, whatever the pause.
"""

import asyncio
import contextlib
import itertools
import logging
from collections import OrderedDict
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from standfast.incidents import names
from standfast.incidents.impact_ledger import MOST_CHARACTERS, characters
from standfast.incidents.monitoring import MOST_WORSE, Recovery, Repeats
from standfast.incidents.report import Report
from standfast.intake.counting import Counting
from standfast.intake.errors import IntakeError
from standfast.intake.reporting import ReportResult
from standfast.intake.weighing import News, Passed, Weight
from standfast.records.errors import RecordsUnavailable
from standfast.records.repeats import CountLine, WorseRepeat
from standfast.records.store import RecordStore

_log = logging.getLogger(__name__)

PAUSES = (1.0, 5.0, 15.0, 30.0)
"""Seconds after the first telling, the second, … until the next one; the last holds from then on.

A storm of a minute costs five tellings. After `QUIET`, or a recovery, they begin anew.
"""

QUIET = 60.0
"""Seconds without a repeat."""

PASS_AGAIN = 600.0
"""Seconds after which what is worse is passed on once more: another process may have begun another
episode of it. Hearing it twice is nothing to an incident.
"""

MOST_REMEMBERED = 50_000
"""Incidents that a process knows to be open; the next report of another asks Temporal."""

_AT_ONCE = 20
_RPC_LIMIT = timedelta(seconds=10)
_LONGEST_RETRY = 30.0
_LOOK_EVERY = 60.0
"""Seconds between looks for what other processes have counted and, it seems, will not tell."""
_HOUSEKEEPING = 60
"""Every so many looks."""
_KEEP_COUNTS = timedelta(days=30)
_KEEP_WEBHOOKS = timedelta(days=7)
_LAST_WORDS = 5.0
"""Seconds for a process that ends; what it cannot tell by then, the next one does."""


class Reporting(Protocol):
    """Reports to `intake.reporting.report_incident`, which see."""

    def __call__(
        self,
        report: Report,
        counted: Mapping[str, int],
        repeats: Repeats | None = None,
        more: int = 0,
    ) -> Coroutine[Any, Any, ReportResult]: ...


@dataclass
class OpenIncident:
    """An incident that was open when this process last asked, or was told.

    told_is_unknown: it began while the store was away, and knows of no count before its time.
    passed: what it was told by this process. worse: repeats that it is to be told of, by their
    words; `urgent`: which of them at once.
    not_before, heard_at: moments of the event loop's clock.
    """

    incident_id: str
    line: CountLine | None = None
    told_is_unknown: bool = False
    passed: Passed = field(default_factory=Passed)
    worse: dict[str, WorseRepeat] = field(default_factory=dict)
    urgent: set[str] = field(default_factory=set)
    not_before: float = 0.0
    heard_at: float = 0.0
    pause: int = 0
    failures: int = 0
    due: asyncio.TimerHandle | None = None
    telling: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def untold(self) -> int:
        """How many repeats it has yet to hear of."""
        return self.line.untold if self.line else 0

    @property
    def has_news(self) -> bool:
        """Whether there is something to tell it."""
        return bool(self.untold or self.worse)

    def next_worse(self) -> tuple[WorseRepeat, ...]:
        """What one message has room for; at least one, if there is any."""
        chosen: list[WorseRepeat] = []
        room = MOST_CHARACTERS
        urgent_first = sorted(self.worse.values(), key=lambda each: each.words not in self.urgent)
        for each in urgent_first[:MOST_WORSE]:
            room -= characters(each.report)
            if chosen and room < 0:
                break
            chosen.append(each)
        return tuple(chosen)

    def told(self, line: CountLine, worse: tuple[WorseRepeat, ...]) -> None:
        """It has heard of all that `line` counts, and of these."""
        self.now_known(line._replace(told=line.total, worse=()))
        for each in worse:
            if self.worse.get(each.words) is each:
                del self.worse[each.words]
        self.urgent &= self.worse.keys()

    def now_known(self, line: CountLine) -> None:
        """Take what the store says, which may be older than what we know."""
        for each in line.worse:
            known = self.worse.get(each.words)
            if known is None or known.users < each.users:
                self.worse[each.words] = each
        if self.line and self.line.counter == line.counter:
            newest = line if line.total >= self.line.total else self.line
            line = newest._replace(told=max(line.told, self.line.told))
        self.line = line._replace(worse=())

    def begin_anew(self) -> None:
        """What comes next is told at once."""
        self.pause, self.not_before = 0, 0.0
        self.wait_no_more()

    def wait_no_more(self) -> None:
        """Forget when it was to be told."""
        if self.due:
            self.due.cancel()
            self.due = None


class RepeatFlusher:
    """Knows which incidents are open, and tells them; for one event loop."""

    def __init__(
        self,
        client: Client,
        records: RecordStore,
        counting: Counting,
        report: Reporting,
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._client = client
        self._records = records
        self._counting = counting
        self._report = report
        self._pauses = pauses
        self._known: OrderedDict[str, OpenIncident] = OrderedDict()
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for what nobody has told, now and from time to time."""
        self._watch = asyncio.create_task(self._look_again_and_again())

    async def stop(self) -> None:
        """Tell what there is still time for; the rest is in the store."""
        if self._watch:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS):
                await self.tell_all()
        for known in self._known.values():
            known.wait_no_more()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def known(self, incident_id: str) -> OpenIncident | None:
        """An incident, if this process knows it to be open."""
        known = self._known.get(incident_id)
        if known:
            self._known.move_to_end(incident_id)
        return known

    def remember(self, incident_id: str) -> OpenIncident:
        """It is open, as far as we know."""
        known = self._known.setdefault(incident_id, OpenIncident(incident_id))
        while len(self._known) > MOST_REMEMBERED:
            _, oldest = self._known.popitem(last=False)
            oldest.wait_no_more()  # the store has what it was to be told: a look will find it
        return known

    def counted(self, known: OpenIncident, line: CountLine) -> None:
        """Its repeats stand at this count now: tell it, when its time has come."""
        known.now_known(line)
        known.told_is_unknown = False
        now = asyncio.get_running_loop().time()
        if now - known.heard_at > QUIET:
            known.begin_anew()
        known.heard_at = now
        self._schedule(known)

    def news(self, known: OpenIncident, weight: Weight) -> News:
        """What a repeat of that weight adds to what the incident was told."""
        now = asyncio.get_running_loop().time()
        heard_at, passed = known.heard_at, known.passed
        if now - max(heard_at, passed.since) > QUIET or now - passed.since > PASS_AGAIN:
            known.passed = Passed(since=now)
        return known.passed.news(weight, len(known.worse))

    def passed(self, known: OpenIncident, weight: Weight, news: News = News.NONE) -> None:
        """The incident has heard of that, or will for certain: at once, if it is such news."""
        if not known.passed.since:
            known.passed.since = asyncio.get_running_loop().time()
        known.passed.add(weight)
        if news is News.WORSE:
            known.urgent.add(weight.words)
            known.wait_no_more()

    async def tell_all(self) -> None:
        """Tell every incident now what it has not heard."""
        await asyncio.gather(*map(self._tell, [k for k in self._known.values() if k.has_news]))

    async def recovered(self, incident_id: str, said: Recovery) -> bool:
        """Tell it of its repeats, then that it is over; False when it is not open."""
        known = self.known(incident_id) or OpenIncident(incident_id)
        try:
            return await self._tell_recovered(known, said)
        finally:
            self._schedule(known)

    async def _tell_recovered(self, known: OpenIncident, said: Recovery) -> bool:
        async with known.telling:
            # Other processes may have counted too, or one that has died.
            with contextlib.suppress(RecordsUnavailable):
                line = await asyncio.to_thread(self._records.repeats.line, known.incident_id)
                if line:
                    known.now_known(line)
            await self._send(known)
            known.begin_anew()
            known.passed = Passed()
            handle = self._client.get_workflow_handle(known.incident_id)
            try:
                await handle.signal(names.RECOVERED, said, rpc_timeout=_RPC_LIMIT)
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                if not known.has_news:
                    self._known.pop(known.incident_id, None)
                return False
        return True

    def _schedule(self, known: OpenIncident) -> None:
        if known.has_news and known.due is None and not known.telling.locked():
            loop = asyncio.get_running_loop()
            at_once = bool(known.urgent) and not known.failures
            due = loop.time() if at_once else max(loop.time(), known.not_before)
            known.due = loop.call_at(due, self._is_due, known)

    def _is_due(self, known: OpenIncident) -> None:
        known.due = None
        task = asyncio.create_task(self._tell(known))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, known: OpenIncident) -> None:
        async with known.telling, self._at_once:
            loop = asyncio.get_running_loop()
            try:
                await self._send(known)
            except (RPCError, RuntimeError, TimeoutError, IntakeError) as away:
                # RuntimeError is what the SDK raises when it cannot connect.
                if not known.failures:
                    _log.warning("%s is not told of its repeats yet: %s", known.incident_id, away)
                known.not_before = loop.time() + min(2.0**known.failures, _LONGEST_RETRY)
                known.failures = min(known.failures + 1, 10)
            else:
                known.failures = 0
                known.not_before = loop.time() + self._pauses[known.pause]
                known.pause = min(known.pause + 1, len(self._pauses) - 1)
        self._schedule(known)

    async def _send(self, known: OpenIncident) -> None:
        """Tell it its count. One that has closed begins its next episode with what it missed."""
        line, worse = known.line, known.next_worse()
        if line is None or not (line.untold or worse):
            return
        told = _repeats(line, worse)
        handle = self._client.get_workflow_handle(known.incident_id)
        try:
            await handle.signal(names.REPEATS, told, rpc_timeout=_RPC_LIMIT)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            line = await self._as_others_left_it(known)
            worse = known.next_worse()
            if not (line.untold or worse):
                return
            told = _repeats(line, worse)
            result = await self._report(
                line.report, {line.counter: line.total}, told, max(line.untold - 1, 0)
            )
            if result.created:
                known.passed = Passed()  # what the last episode was told, this one was not
                if worse:
                    await handle.signal(names.REPEATS, told, rpc_timeout=_RPC_LIMIT)
        known.told(line, worse)
        self._counting.told(line, worse)

    async def _as_others_left_it(self, known: OpenIncident) -> CountLine:
        """The count, with what other processes have counted and told."""
        with contextlib.suppress(RecordsUnavailable):
            line = await asyncio.to_thread(self._records.repeats.line, known.incident_id)
            if line:
                # What another process has told of is not in the store any more.
                waiting = {each.words for each in line.worse}
                for words in known.worse.keys() - waiting:
                    del known.worse[words]
                known.urgent &= waiting
                known.now_known(line)
        if known.line is None:
            raise RuntimeError("asked of an incident without a count")
        return known.line

    async def _look_again_and_again(self) -> None:
        before: datetime | None = None  # at the start nobody else may be there to tell
        for look in itertools.count():
            try:
                lines = await asyncio.to_thread(self._records.repeats.untold, before)
                for line in lines:
                    self.counted(self.remember(line.incident_id), line)
                if look % _HOUSEKEEPING == 0:
                    await asyncio.to_thread(self._tidy_up)
            except RecordsUnavailable as away:
                _log.warning("repeats that others have counted are not looked for: %s", away)
            await asyncio.sleep(_LOOK_EVERY)
            before = datetime.now(UTC) - timedelta(seconds=_LOOK_EVERY)

    def _tidy_up(self) -> None:
        now = datetime.now(UTC)
        self._records.repeats.forget(now - _KEEP_COUNTS)
        self._records.groups.forget(now - _KEEP_COUNTS)
        self._records.webhooks.forget(now - _KEEP_WEBHOOKS)


def _repeats(line: CountLine, worse: tuple[WorseRepeat, ...]) -> Repeats:
    reports = tuple(each.report for each in worse)
    return Repeats(counter=line.counter, total=line.total, report=line.report, worse=reports)
