"""Finds reviews that do not go on: not begun, without a run, late, or waiting for nothing.

The record store says which are not over; what their runs do is read from Temporal.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from standfast.health import runs
from standfast.health.limits import MAX_CONCURRENT, MAX_FINDINGS, RPC_LIMIT
from standfast.incidents.finding import Finding, FindingKind
from standfast.incidents.ids import review_id
from standfast.incidents.review import Review, ReviewState
from standfast.messages.message import short

_CHECKED_AT_ONCE = 50
"""Runs of one scan; with more, the next scans go on with the others."""

_OFTEN = 5
"""Attempts of an activity, which take half a minute: before, it may be only slow."""

START_A_WORKER = "a worker starts it: see its log, and `standfast doctor`"
BEGIN_AGAIN = "the watchdog of a worker begins it again, with all that is on record: start one"
LOOK_AT_WORKERS = "check that workers run and keep up: `standfast doctor`"
REPORT_IT = "a defect of Standfast: please report it; `standfast review show ID` has the details"


class ReviewsOnRecord(Protocol):
    """The store that knows which reviews are not over."""

    def to_start(self, most: int) -> Sequence[Review]:
        """Those of which a run is to be started."""

    def running(self, most: int) -> Sequence[Review]:
        """Those that are not over and whose run has begun."""


class ReviewFinder:
    """Scans the reviews, some of them each time. Caches the timer of each run."""

    def __init__(
        self,
        client: Client,
        reviews: ReviewsOnRecord,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._reviews = reviews
        self._now = now
        self._seen_waiting: dict[str, datetime] = {}
        self._timers: dict[str, runs.NextTimer] = {}
        self._after = 0
        self._found: dict[str, Finding] = {}

    async def not_started(self, late: datetime) -> list[Finding]:
        """Those that were to begin before then, and have not."""
        waiting = await asyncio.to_thread(self._reviews.to_start, MAX_FINDINGS)
        since = {_id(each): self._since(each) for each in waiting}
        self._seen_waiting = since
        return [
            _finding(
                each,
                FindingKind.NOT_TAKEN_UP,
                since[_id(each)],
                "it is to begin, and no worker has begun it",
                START_A_WORKER,
            )
            for each in waiting
            if since[_id(each)] < late
        ]

    def _since(self, review: Review) -> datetime:
        """Since when it waits; of one that begins again that is not on record."""
        if review.state is ReviewState.WANTED:
            return review.wanted_at
        return self._seen_waiting.get(_id(review), self._now())

    async def standing_still(self, late: datetime) -> list[Finding]:
        """Those whose run is gone, is late, or waits for nothing: what the last scans found."""
        open_ones = await asyncio.to_thread(self._reviews.running, MAX_FINDINGS)
        known = {_id(each): each for each in open_ones}
        first = self._after if self._after < len(open_ones) else 0
        self._after = first + _CHECKED_AT_ONCE
        turn = asyncio.Semaphore(MAX_CONCURRENT)

        async def in_turn(review: Review) -> tuple[str, Finding | None]:
            async with turn:
                return _id(review), await self._checked(review, late)

        checked = await asyncio.gather(*map(in_turn, open_ones[first : self._after]))
        self._found = {key: each for key, each in self._found.items() if key in known}
        for key, finding in checked:
            self._found.pop(key, None)
            if finding:
                self._found[key] = finding
        gone = {k for k, each in self._found.items() if each.kind is FindingKind.NOT_RUNNING}
        if gone:  # it may have ended, or be about to begin again, since they were read
            again = await asyncio.to_thread(self._reviews.running, MAX_FINDINGS)
            for key in gone - {_id(each) for each in again if known.get(_id(each)) == each}:
                del self._found[key]
        return [*self._found.values()]

    async def _checked(self, review: Review, late: datetime) -> Finding | None:
        try:
            handle = self._client.get_workflow_handle(_id(review))
            run = await handle.describe(rpc_timeout=RPC_LIMIT)
            if run.status is WorkflowExecutionStatus.RUNNING:
                return await self._checked_run(review, run, late)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
        what = "it is not over, and has no run: that was ended, or Temporal has lost it"
        return _finding(review, FindingKind.NOT_RUNNING, self._now(), what, BEGIN_AGAIN)

    async def _checked_run(
        self, review: Review, run: WorkflowExecutionDescription, late: datetime
    ) -> Finding | None:
        pending = run.raw_description
        if failing := await runs.failing_of(self._client, run, _OFTEN):
            since = min(each.scheduled_time.ToDatetime(UTC) for each in pending.pending_activities)
            what = "; ".join(failing)
            return _finding(review, FindingKind.OVERDUE, since, what, LOOK_AT_WORKERS, run.run_id)
        if pending.pending_activities:
            return None
        if pending.HasField("pending_workflow_task"):
            since = pending.pending_workflow_task.original_scheduled_time.ToDatetime(UTC)
            if since >= late:
                return None
            what = f"its next step was due at {short(since)}, and no worker has done it"
            return _finding(review, FindingKind.OVERDUE, since, what, LOOK_AT_WORKERS, run.run_id)
        timer = await self._timer(run)
        if timer.last_event != run.history_length:
            return None  # it has gone on meanwhile
        if timer.at is None:
            what = "it waits for nothing and nobody"
            kind, since = FindingKind.NO_NEXT_EVENT, self._now()
            return _finding(review, kind, since, what, REPORT_IT, run.run_id)
        if timer.at >= late:
            return None
        what = f"its next reminder was due at {short(timer.at)}"
        return _finding(review, FindingKind.OVERDUE, timer.at, what, LOOK_AT_WORKERS, run.run_id)

    async def _timer(self, run: WorkflowExecutionDescription) -> runs.NextTimer:
        known = self._timers.get(run.id)
        if known is None or known.last_event != run.history_length:
            if len(self._timers) > MAX_FINDINGS:
                self._timers.clear()
            known = self._timers[run.id] = await runs.next_timer(self._client, run)
        return known


def _id(review: Review) -> str:
    return review_id(review.incident_id, review.episode)


def _finding(
    review: Review, kind: FindingKind, since: datetime, what: str, remedy: str, run_id: str = ""
) -> Finding:
    return Finding(
        kind=kind,
        incident_id=review.incident_id,
        reviewed=review.episode,
        run_id=run_id,
        since=since,
        what=what,
        remedy=remedy,
    )
