"""Deduplicates reports: repeats of an open incident are counted, and delivered in few signals.

A first report opens or joins its incident at once. For an incident that this process knows to be
open, a repeat calls Temporal no more: it is counted in the record store before it is answered, and
the count is delivered later, a repeat that is worse at once. That knowledge is only a cache: where
it is lost, the next report opens or joins again; where it is wrong, because the incident has
closed, the delivery finds out.
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
from standfast.incidents.report import Report, ReportResult, refusal
from standfast.intake.errors import Invalid, Unavailable
from standfast.intake.repeat_changes import RepeatAssessor, pending_repeat
from standfast.intake.repeat_counter import RepeatCounter
from standfast.intake.repeat_flusher import PAUSES, RepeatFlusher
from standfast.intake.reporting import report_incident
from standfast.policy import Policy
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

ANSWER_WITHIN = 10.0
"""Seconds for a report that may open an incident; monitors have little patience and try again."""


class Receipt(NamedTuple):
    """Where a report went. `created` when it opened an incident, or a new episode of it."""

    incident_id: str
    created: bool


class Deduplication:
    """Accepts reports of monitors for one process. An async context manager.

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
        """`pauses`: seconds between two deliveries, see `repeat_flusher`."""
        self._client = client
        self._records = records
        self._policy = policy
        self._task_queue = task_queue
        self._answer_within = answer_within
        self._counter = RepeatCounter(records.repeats)
        self._assessor = RepeatAssessor(policy)
        self._flusher = RepeatFlusher(client, records, self._counter, self._report, pauses)
        self._opening: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def __aenter__(self) -> Self:
        self._flusher.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._flusher.stop()
        await self._counter.finish()

    async def accept(self, report: Report, member: str = "", attempt: str = "") -> Receipt:
        """Accept a monitor's report. Once this returns, it is durable.

        member: the `member_key` of the alert that it is of, where others may be in the incident.
        attempt: the same for each try of this report, so that it counts once; empty where nobody
            says. The incident knows it, so that this holds where the store is away.

        Raises:
            Invalid: the report is not valid; names the field.
            Unavailable: nothing has happened; Temporal did not accept it in time.
            RecordsUnavailable: nothing has happened; it could not be counted.
        """
        reason = refusal(report, datetime.now(UTC))
        if reason:
            raise Invalid(reason)
        identity = incident_id(report.dedup_key)
        known = self._flusher.known(identity)
        if known is None:
            try:
                async with asyncio.timeout(self._answer_within):
                    receipt = await self._first(identity, report, member, attempt)
            except TimeoutError:
                raise Unavailable("Temporal does not answer now") from None
            if receipt:
                return receipt
            known = self._flusher.remember(identity)
        if attempt in known.tries:
            return Receipt(identity, known.tries[attempt])
        assessment = await self._assessor.assess(report, member)
        change = self._flusher.change_of(known, assessment)
        line = await self._counter.count(
            identity,
            report,
            anew=known.delivered_is_unknown,
            worse=pending_repeat(report, assessment, change),
        )
        if change:  # only once it is stored may other reports rely on its delivery
            self._flusher.note_delivered(known, assessment, change)
        self._flusher.count_changed(known, line)
        known.note_try(attempt, created=False)
        return Receipt(identity, created=False)

    async def recover_member(self, incident_id: str, by: str, member: str) -> bool:
        """One alert of an incident has recovered, others fire; whether the incident is open.

        The incident is told with the next delivery. RPCError where Temporal is unavailable.
        """
        return await self._flusher.recover_member(incident_id, by, member)

    async def recover(self, incident_id: str, said: Recovery) -> bool:
        """A monitor reports recovery; whether an incident was open for it.

        Earlier repeats are delivered first. Raises RPCError where Temporal is unavailable.
        """
        return await self._flusher.deliver_recovery(incident_id, said)

    async def flush(self) -> None:
        """Deliver everything now that has been counted."""
        await self._flusher.flush_all()
        await self._counter.finish()

    async def _first(
        self, identity: str, report: Report, member: str, attempt: str
    ) -> Receipt | None:
        """Open or join an incident; None when another report did so meanwhile."""
        opening = self._opening.setdefault(identity, asyncio.Lock())
        async with opening:
            if self._flusher.known(identity):
                return None
            try:
                line = await asyncio.to_thread(self._records.repeats.line, identity)
                delivered_is_unknown = False
            except RecordsUnavailable:
                # The incident must not wait for the store. It starts without the stored count, so
                # repeats from now on go to a new counter.
                line, delivered_is_unknown = None, True
            assessment = await self._assessor.assess(report, member)
            counted = {line.counter: line.told} if line else {}
            result = await self._report(report, counted, attempt=attempt)
            known = self._flusher.remember(identity)
            known.note_try(attempt, created=result.created)
            known.delivered_is_unknown = delivered_is_unknown and result.created
            self._flusher.note_delivered(known, assessment)
            if line:
                self._flusher.count_changed(known, line)
            return Receipt(identity, result.created)

    async def _report(
        self,
        report: Report,
        counted: Mapping[str, int],
        repeats: Repeats | None = None,
        more: int = 0,
        attempt: str = "",
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
            attempt=attempt,
        )
