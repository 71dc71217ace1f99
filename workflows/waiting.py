"""Waiting, for as long as it takes: clocks that survive any crash, and continue-as-new."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import is_cancelled_exception

from workflows.episode import Episode
from workflows.timeouts import RECORD

with workflow.unsafe.imports_passed_through():
    from activities.closure import ClosureActivities
    from activities.requests import TimelineArchive
    from incidents import names
    from incidents.assessment import Clocks
    from incidents.flowchart import Box, answers_along
    from incidents.record import TimelineEntry
    from workflows.state import PAUSED_BY_HOLD, Case, Clock, ClockName

LONGEST_TIMELINE = 400_000
"""Characters of timeline in one run; a payload holds 2 MB, in the worst encoding 4 bytes each."""

KEPT_ENTRIES, KEPT_CHARACTERS = 50, 40_000
"""How much of the timeline goes on into the next run; the rest is in the record store."""

SHORTEST_TIMER = timedelta(milliseconds=1)
"""For a clock that is due already: it too runs out by a timer that is in the history."""

Walker = TypeVar("Walker", bound="Waiting")
Answered = TypeVar("Answered")


def box(
    walk: Callable[[Walker], Awaitable[Answered]],
) -> Callable[[Walker], Coroutine[Any, Any, Answered]]:
    """A box that an earlier run of this episode has walked gives its answer and does nothing."""

    @wraps(walk)
    async def once(self: Walker) -> Answered:
        if self.walked:
            return cast(Answered, self.walked.popleft())
        return await walk(self)

    return once


class Waiting(Episode):
    """Clocks, the wait for the next event, and the two ways out of the flow."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self.walked: deque[bool | None] = deque(
            answers_along(case.state.path) if case.state else []
        )
        self.in_background: set[asyncio.Task[None]] = set()
        self._flow: asyncio.Task[Any] | None = None
        self._archiving: asyncio.Task[None] | None = None
        self._ran_out_at = self.now

    def start_clock(self, name: ClockName, runs_for: timedelta, then: str) -> None:
        """Start a clock, or start it over. `then` says what happens when it runs out."""
        self.state.clocks[name] = Clock(name=name, due=self.now + runs_for, then=then)

    def start_clock_again(self, name: ClockName, every: timedelta, then: str) -> None:
        """Start the clock that has just run out over, from the moment when it was due."""
        self.state.clocks[name] = Clock(name=name, due=self._ran_out_at + every, then=then)

    def stop_clocks(self, *names: ClockName) -> None:
        """Stop these clocks, or all."""
        for name in names or tuple(ClockName):
            self.state.clocks.pop(name, None)

    def start_clocks_of_tier(self, clocks: Clocks) -> None:
        """The clocks that run from assignment until somebody has resolved it."""
        self.stop_clocks()
        self.state.clock_settings = clocks
        for name, runs_for in _spans(clocks).items():
            self.start_clock(name, runs_for, _THEN[name].replace("WHO", self.state.paged))

    def change_clocks(self, clocks: Clocks) -> None:
        """Another priority's clocks: what has elapsed stays elapsed, running or on hold."""
        if self.state.clock_settings is None:
            return
        before, after = _spans(self.state.clock_settings), _spans(clocks)
        self.state.clock_settings = clocks
        for clock in self.state.clocks.values():
            if clock.name in after:
                clock.due += after[clock.name] - before[clock.name]
        if self.state.hold:
            self.state.hold.left = [
                (clock, left + after[clock.name] - before[clock.name])
                for clock, left in self.state.hold.left
            ]

    def pause_clocks(self) -> list[tuple[Clock, timedelta]]:
        """Take the clocks that a hold pauses off the run, with the time each has left."""
        return [
            (clock, clock.due - self.now)
            for name in PAUSED_BY_HOLD
            if (clock := self.state.clocks.pop(name, None))
        ]

    def resume_clocks(self, paused: list[tuple[Clock, timedelta]]) -> None:
        """Let paused clocks go on where they stopped."""
        for clock, left in paused:
            self.start_clock(clock.name, left, clock.then)

    async def next_event(self, happened: Callable[[], bool]) -> ClockName | None:
        """Wait until something happened (None) or a clock ran out (which one; it is stopped).

        A clock has run out when its timer fires, and not before: `now` is not the same to the
        second when a run is replayed (a local activity that outlives its workflow task moves it),
        so no branch may depend on it.
        """
        while not happened():
            self.show()
            await self._continue_as_new_when_long()
            clock = self._next_clock()
            if await self._ran_out(clock, happened) and clock:
                del self.state.clocks[clock.name]
                self._ran_out_at = clock.due
                return clock.name
        return None

    async def _ran_out(self, clock: Clock | None, happened: Callable[[], bool]) -> bool:
        """Wait for the clock; False when something else came first."""
        due = clock.due if clock else None

        def woken() -> bool:
            return happened() or self._changed(clock, due) or self._is_long()

        try:
            await workflow.wait_condition(
                woken,
                timeout=max(due - self.now, SHORTEST_TIMER) if due else None,
                timeout_summary=clock.then if clock else None,
            )
        except TimeoutError:
            # Somebody may have stopped or moved it in the moment in which it ran out.
            return not self._changed(clock, due)
        return False

    def _next_clock(self) -> Clock | None:
        return min(self.state.clocks.values(), key=lambda clock: clock.due, default=None)

    def _changed(self, clock: Clock | None, due: datetime | None) -> bool:
        following = self._next_clock()
        return following is not clock or (following is not None and following.due != due)

    def _is_long(self) -> bool:
        """Whether this run should end soon and there is something to do about it now."""
        if self._archiving is not None:
            return self._archiving.done() and not self.in_background
        timeline = sum(map(_size, self.state.timeline))
        return timeline > LONGEST_TIMELINE or workflow.info().is_continue_as_new_suggested()

    async def _continue_as_new_when_long(self) -> None:
        """Go on in a new run with the same state, its older timeline moved to the record store.

        The archive is tried until the store answers, while the incident goes on.
        """
        if not self._is_long():
            return
        if self._archiving is None:
            self._archiving = asyncio.create_task(self._archive_timeline())
            return
        if not self._archiving.done() or self.in_background:
            return
        await self._archiving
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(
            Case(report=self.state.report, episode=self.state.episode, state=self.state)
        )

    async def _archive_timeline(self) -> None:
        timeline = self.state.timeline
        kept = sizes = 0
        for entry in reversed(timeline[-KEPT_ENTRIES:]):
            sizes += _size(entry)
            kept += sizes <= KEPT_CHARACTERS
        old = timeline[: len(timeline) - kept]
        if old:
            archive = TimelineArchive(
                incident_id=self.state.incident_id,
                episode=self.state.episode,
                entries=tuple(old),
            )
            await self.act(
                ClosureActivities.archive_timeline, archive, RECORD, "move the older timeline"
            )
            del self.state.timeline[: len(old)]
            self.state.timeline_archived += len(old)

    def begin_next_episode_if_reported(self) -> None:
        """Reports that came while this episode closed begin the next one: none is lost."""
        reports = self.state.next_reports
        if not reports:
            return
        episode = self.state.episode + 1
        attributes: list[SearchAttributePair[Any]] = [
            SearchAttributePair(names.STAGE, Box.REPORT.value),
            SearchAttributePair(names.SERVICE, reports[0].service),
            SearchAttributePair(names.EPISODE, episode),
        ]
        workflow.continue_as_new(
            Case(report=reports[0], episode=episode, repeats=reports[1:]),
            search_attributes=TypedSearchAttributes(attributes),
            memo=names.memo(reports[0].title, episode, self.now),
        )

    @asynccontextmanager
    async def unless_withdrawn(self) -> AsyncIterator[None]:
        """Cut the flow inside short when the incident is withdrawn, wherever it stands.

        Cancelling the run in Temporal withdraws too, so that it still leaves a record.
        """
        self._flow = asyncio.current_task()
        try:
            if self.state.withdrawn:
                self.cut_short()
            yield
        except BaseException as cut_short:
            if self._flow is None or not is_cancelled_exception(cut_short):
                raise
            self._flow.uncancel()
            if not self.state.withdrawn:
                self.state.withdrawn = True
                self.note("withdrawn", "operator", "the run was cancelled in Temporal")
        finally:
            self._flow = None

    @property
    def is_cut_short(self) -> bool:
        """Whether the flow is to end here, though what it awaited has given its result first."""
        return self.state.withdrawn or workflow.cancellation_reason() is not None

    def cut_short(self) -> None:
        """End the flow inside `unless_withdrawn` at its next await."""
        if self._flow:
            self._flow.cancel()


def _size(entry: TimelineEntry) -> int:
    """About how many characters an entry takes in a payload."""
    return len(entry.detail) + 200


def _spans(clocks: Clocks) -> dict[ClockName, timedelta]:
    return {
        ClockName.PAGE_AGAIN: clocks.page_again_every,
        ClockName.ACKNOWLEDGE: clocks.acknowledge_within,
        ClockName.WARN: clocks.resolve_within * clocks.warn_at,
        ClockName.RESOLVE: clocks.resolve_within,
    }


_THEN = {
    ClockName.PAGE_AGAIN: "page WHO again",
    ClockName.ACKNOWLEDGE: "nobody acknowledged: escalate",
    ClockName.WARN: "warn that time runs out",
    ClockName.RESOLVE: "not resolved in time: escalate",
}
