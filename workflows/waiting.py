"""Waiting, for as long as it takes: clocks that survive any crash, and continue-as-new."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast

from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import is_cancelled_exception

from workflows.timekeeping import SHORTEST_TIMER, Timekeeping
from workflows.timeouts import RECORD

with workflow.unsafe.imports_passed_through():
    from activities.closure import ClosureActivities
    from activities.requests import TimelineArchive
    from standfast.incidents import names
    from standfast.incidents.flowchart import Box, answers_along
    from standfast.incidents.record import TimelineEntry
    from workflows.state import Case, Clock, ClockName

LONGEST_TIMELINE = 400_000
"""Characters of timeline in one run; a payload holds 2 MB, in the worst encoding 4 bytes each."""

KEPT_ENTRIES, KEPT_CHARACTERS = 50, 40_000
"""How much of the timeline goes on into the next run; the rest is in the record store."""

_WITH_THE_CURRENT_BUILD = workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE
"""A new run has no history that other code would have to replay, so it need not stay pinned."""

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
        await self.leave_if_cut_short()
        return await walk(self)

    return once


class Waiting(Timekeeping):
    """The wait for the next event, and the two ways out of the flow."""

    def __init__(self, case: Case) -> None:
        self._long = False
        super().__init__(case)
        self.walked: deque[bool | None] = deque(
            answers_along(case.state.path) if case.state else []
        )
        self.in_background: set[asyncio.Task[None]] = set()
        self._flow: asyncio.Task[Any] | None = None
        self._archiving: asyncio.Task[None] | None = None

    async def next_event(self, happened: Callable[[], bool]) -> ClockName | None:
        """Wait until something happened (None) or a clock ran out (which one; it is stopped).

        A clock has run out when its timer fires, and not before: no branch depends on `now`, so
        that what happened is in the history, and not a matter of milliseconds. Nor does what is
        waited for: a refused update wakes the run, and leaves nothing that would wake a replay.
        """
        while not happened():
            await self.leave_if_cut_short()
            self.show()
            self._look_how_long_it_is()
            await self._continue_as_new_when_long()
            clock = self._next_clock()
            if await self._ran_out(clock, happened) and clock and clock.due:
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

    def in_the_background(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Do something beside the flow; the close, and the next run, wait for its end."""
        task = asyncio.create_task(work)
        self.in_background.add(task)
        task.add_done_callback(self.in_background.discard)
        return task

    def _next_clock(self) -> Clock | None:
        return next((clock for _, clock in self.state.running()), None)

    def _changed(self, clock: Clock | None, due: datetime | None) -> bool:
        following = self._next_clock()
        if following is None or clock is None:
            return following is not clock
        return (following.name, following.due) != (clock.name, due)

    def _is_long(self) -> bool:
        """Whether this run should end soon and there is something to do about it now."""
        if self._archiving is not None:
            return self._archiving.done() and not self.in_background
        return self._long

    def note(self, *said: str, **more: str) -> None:
        """Add to the timeline now, which may make the run a long one."""
        super().note(*said, **more)
        self._look_how_long_it_is()

    def _look_how_long_it_is(self) -> None:
        """Only where something on record has happened: that Temporal suggests it is no event."""
        timeline = sum(map(_size, self.state.timeline))
        suggested = workflow.info().is_continue_as_new_suggested()
        self._long = self._long or suggested or timeline > LONGEST_TIMELINE

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
            Case(report=self.state.report, episode=self.state.episode, state=self.state),
            initial_versioning_behavior=_WITH_THE_CURRENT_BUILD,
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
            Case(
                report=reports[0],
                episode=episode,
                repeats=reports[1:],
                more=self.state.next_more,
                counted=self.state.counted,
            ),
            search_attributes=TypedSearchAttributes(attributes),
            memo=names.memo(reports[0].title, episode, self.now),
            initial_versioning_behavior=_WITH_THE_CURRENT_BUILD,
        )

    @asynccontextmanager
    async def unless_withdrawn(self) -> AsyncIterator[None]:
        """Cut the flow inside short when the incident is withdrawn, wherever it stands.

        Cancelling the run in Temporal withdraws too, so that it still leaves a record.
        """
        self._flow = asyncio.current_task()
        try:
            if self.state.ends_early:
                self.cut_short()
            yield
        except BaseException as cut_short:
            if self._flow is None or not is_cancelled_exception(cut_short):
                raise
            self._flow.uncancel()
            if not self.state.ends_early:
                self.state.withdrawn = True
                self.note("withdrawn", "operator", "the run was cancelled in Temporal")
        finally:
            self._flow = None

    @property
    def is_cut_short(self) -> bool:
        """Whether the flow is to end here, though what it awaited has given its result first."""
        return self.state.ends_early or workflow.cancellation_reason() is not None

    async def leave_if_cut_short(self) -> None:
        """End the flow here where what it awaited gave its result in the very moment in which it
        was cut short, and took the cancelling with it.
        """
        if self._flow and self.is_cut_short:
            await asyncio.sleep(0)  # where a cancelling that is still on its way arrives
            raise asyncio.CancelledError

    def cut_short(self) -> None:
        """End the flow inside `unless_withdrawn` at its next await."""
        if self._flow:
            self._flow.cancel()


def _size(entry: TimelineEntry) -> int:
    """About how many characters an entry takes in a payload."""
    return len(entry.detail) + 200
