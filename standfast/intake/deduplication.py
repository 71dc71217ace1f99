"""Folds repeats: what comes again while its incident is open is counted, and told in few signals.

A first report opens or joins its incident at once. What this process knows to be open takes no
more calls to Temporal: each repeat is counted in the record store before it is answered, and the
incident is told the count, and at once of a repeat that is worse. Nothing depends on that
knowledge: where it is lost, the next report opens or joins again; where it is wrong, because the
incident has closed, telling it finds out.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import NamedTuple, Self
from weakref import WeakValueDictionary

from temporalio.client import Client

from standfast.incidents.ids import incident_id
from standfast.incidents.monitoring import Recovery, Repeats
from standfast.incidents.report import Report, refusal
from standfast.intake.counting import Counting
from standfast.intake.errors import Refused, Unavailable
from standfast.intake.repeat_flusher import PAUSES, RepeatFlusher
from standfast.intake.reporting import ReportResult, report_incident
from standfast.intake.weighing import Weighing, to_keep
from standfast.policy import Policy
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

ANSWER_WITHIN = 10.0
"""Seconds for a report that may open an incident; monitors have little patience and try again."""


class Receipt(NamedTuple):
    """What became of a report. `created` where it opened an incident, or an episode of it."""

    incident_id: str
    created: bool


class Deduplication:
    """Takes reports of monitors for one process, for as long as its block lasts.

    Reports must have a deduplication key. Any number of processes may share a record store.
    """

    def __init__(
        self,
        client: Client,
        records: RecordStore,
        policy: Callable[[], Policy],
        task_queue: str,
        *,
        pauses: tuple[float, ...] = PAUSES,
        answer_within: float = ANSWER_WITHIN,
    ) -> None:
        """`pauses`: seconds between one telling and the next, see `intake.telling`."""
        self._client = client
        self._records = records
        self._policy = policy
        self._task_queue = task_queue
        self._answer_within = answer_within
        self._counting = Counting(records.repeats)
        self._weighing = Weighing(policy)
        self._telling = RepeatFlusher(client, records, self._counting, self._report, pauses)
        self._opening: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def __aenter__(self) -> Self:
        self._telling.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._telling.stop()
        await self._counting.finish()

    async def take(self, report: Report) -> Receipt:
        """A monitor reports. Once this returns, neither the report nor its count can be lost.

        Raises:
            Refused: the report cannot be taken; names the field.
            Unavailable: nothing has happened, as Temporal did not take it in time.
            RecordsUnavailable: nothing has happened, as it could not be counted.
        """
        reason = refusal(report, datetime.now(UTC))
        if reason:
            raise Refused(reason)
        identity = incident_id(report.dedup_key)
        known = self._telling.known(identity)
        if known is None:
            try:
                async with asyncio.timeout(self._answer_within):
                    taken = await self._first(identity, report)
            except TimeoutError:
                raise Unavailable("Temporal does not answer now") from None
            if taken:
                return taken
            known = self._telling.remember(identity)
        weight = await self._weighing.weigh(report)
        news = self._telling.news(known, weight)
        line = await self._counting.count(
            identity,
            report,
            anew=known.told_is_unknown,
            worse=to_keep(report, weight, news),
        )
        if news:  # only now that it is kept others need not pass it on
            self._telling.passed(known, weight, news)
        self._telling.counted(known, line)
        return Receipt(identity, created=False)

    async def recover(self, incident_id: str, said: Recovery) -> bool:
        """A monitor says that it is over; whether an incident was open to be told so.

        It hears first of the repeats that came before. Raises RPCError where Temporal is away.
        """
        return await self._telling.recovered(incident_id, said)

    async def settle(self) -> None:
        """Tell everything now that has been counted."""
        await self._telling.tell_all()
        await self._counting.finish()

    async def _first(self, identity: str, report: Report) -> Receipt | None:
        """Open an incident or join it; None when another report has done so meanwhile."""
        opening = self._opening.setdefault(identity, asyncio.Lock())
        async with opening:
            if self._telling.known(identity):
                return None
            try:
                line = await asyncio.to_thread(self._records.repeats.line, identity)
                told_is_unknown = False
            except RecordsUnavailable:
                # The incident must not wait for the store. It begins without knowing how much of
                # the count was before its time, so what comes now is counted anew.
                line, told_is_unknown = None, True
            weight = await self._weighing.weigh(report)
            result = await self._report(report, {line.counter: line.told} if line else {})
            known = self._telling.remember(identity)
            known.told_is_unknown = told_is_unknown and result.created
            self._telling.passed(known, weight)
            if line:
                self._telling.counted(known, line)
            return Receipt(identity, result.created)

    async def _report(
        self,
        report: Report,
        counted: Mapping[str, int],
        repeats: Repeats | None = None,
        more: int = 0,
    ) -> ReportResult:
        return await report_incident(
            self._client,
            report,
            now=datetime.now(UTC),
            policy=self._policy(),
            records=self._records.incidents,
            task_queue=self._task_queue,
            counted=counted,
            repeats=repeats,
            more=more,
        )
