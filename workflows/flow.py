"""The way through the flowchart: boxes, the wait for the next event, cancellation, background work.

Waits last as long as it takes. Clocks survive any crash, and a long run goes on in a new one.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from functools import wraps
from typing import Any, Protocol, TypeVar, cast

from temporalio import workflow
from temporalio.exceptions import is_cancelled_exception

from workflows.activity_options import ARCHIVE
from workflows.clocks import SHORTEST_TIMER, IncidentClocks
from workflows.continue_as_new import continue_episode, entries_to_archive
from workflows.episode import Episode

with workflow.unsafe.imports_passed_through():
    from activities.closure import ClosureActivities
    from activities.requests import TimelineArchive
    from standfast.incidents.flowchart import answers_along
    from workflows.clock import Clock, ClockName


StartInBackground = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]
"""Starts work beside the flow: see `Flow.start_in_background`."""


class Flow:
    """Waits for events, runs work beside the flow, and leaves it when cancelled or too long."""

    def __init__(
        self, episode: Episode, clocks: IncidentClocks, *, before_each_wait: Callable[[], None]
    ) -> None:
        """before_each_wait: called each time before the flow waits for the next event."""
        self._episode = episode
        self._state = episode.state
        self._clocks = clocks
        self._before_each_wait = before_each_wait
        self.answers_of_earlier_run: deque[bool | None] = deque(
            answers_along(episode.state.path) if episode.goes_on else ()
        )
        self._in_background: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[Any] | None = None
        self._archiving: asyncio.Task[None] | None = None

    async def next_event(self, happened: Callable[[], bool]) -> ClockName | None:
        """Wait until something happened (None) or a clock ran out (which one; it is stopped).

        A clock has run out when its timer fires, and not before: no branch depends on `now`, so
        that what happened is in the history, and not a matter of milliseconds. Nor does what is
        waited for: a refused update wakes the run, and leaves nothing that would wake a replay.
        """
        self._before_each_wait()
        while not happened():
            await self.leave_if_cancelled()
            self._episode.show()
            self._episode.check_length()
            await self._continue_as_new_when_long()
            clock = self._clocks.next_due()
            if await self._ran_out(clock, happened) and clock and clock.due:
                return self._clocks.ran_out(clock, clock.due)
        return None

    async def _ran_out(self, clock: Clock | None, happened: Callable[[], bool]) -> bool:
        """Wait for the clock; False when something else came first."""
        due = clock.due if clock else None

        def woken() -> bool:
            return happened() or self._changed(clock, due) or self._is_to_be_continued()

        try:
            await workflow.wait_condition(
                woken,
                timeout=max(due - self._episode.now, SHORTEST_TIMER) if due else None,
                timeout_summary=clock.then if clock else None,
            )
        except TimeoutError:
            # Somebody may have stopped or moved it in the moment in which it ran out.
            return not self._changed(clock, due)
        return False

    def _changed(self, clock: Clock | None, due: datetime | None) -> bool:
        following = self._clocks.next_due()
        if following is None or clock is None:
            return following is not clock
        return (following.name, following.due) != (clock.name, due)

    def start_in_background(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Do something beside the flow; the close, and the next run, wait for its end."""
        task = asyncio.create_task(work)
        self._in_background.add(task)
        task.add_done_callback(self._in_background.discard)
        return task

    async def background_ended(self) -> None:
        """Wait until nothing runs beside the flow any more."""
        await workflow.wait_condition(lambda: not self._in_background)

    def _is_to_be_continued(self) -> bool:
        """Whether this run should end soon and there is something to do about it now."""
        if self._archiving is not None:
            return self._archiving.done() and not self._in_background
        return self._episode.is_long

    async def _continue_as_new_when_long(self) -> None:
        """Go on in a new run with the same state, its older timeline moved to the record store.

        The archive is tried until the store answers, while the incident goes on.
        """
        if not self._is_to_be_continued():
            return
        if self._archiving is None:
            self._archiving = asyncio.create_task(self._archive_timeline())
            return
        if not self._archiving.done() or self._in_background:
            return
        await self._archiving
        await workflow.wait_condition(workflow.all_handlers_finished)
        continue_episode(self._state)

    async def _archive_timeline(self) -> None:
        old = entries_to_archive(self._state.timeline)
        if old:
            archive = TimelineArchive(
                incident_id=self._state.incident_id,
                episode=self._state.episode,
                entries=tuple(old),
            )
            await self._episode.run_activity(
                ClosureActivities.archive_timeline, archive, ARCHIVE, "move the older timeline"
            )
            del self._state.timeline[: len(old)]
            self._state.timeline_archived += len(old)

    @asynccontextmanager
    async def cancellable(self) -> AsyncIterator[None]:
        """Leave the flow inside when the incident is withdrawn or merged, wherever it stands.

        Cancelling the run in Temporal withdraws too, so that it still leaves a record.
        """
        self._task = asyncio.current_task()
        try:
            if self._state.ends_early:
                self.cancel()
            yield
        except BaseException as cancelled:
            if self._task is None or not is_cancelled_exception(cancelled):
                raise
            self._task.uncancel()
            if not self._state.ends_early:
                self._state.withdrawn = True
                self._episode.note("withdrawn", "operator", "the run was cancelled in Temporal")
        finally:
            self._task = None

    def cancel(self) -> None:
        """End the flow inside `cancellable` at its next await."""
        if self._task:
            self._task.cancel()

    @property
    def is_cancelled(self) -> bool:
        """Whether the flow is to end here, though what it awaited has given its result first."""
        return self._state.ends_early or workflow.cancellation_reason() is not None

    async def leave_if_cancelled(self) -> None:
        """End the flow here if it was cancelled at the very moment its awaited call returned: the
        result has then swallowed the cancellation.
        """
        if self._task and self.is_cancelled:
            await asyncio.sleep(0)  # where a cancelling that is still on its way arrives
            raise asyncio.CancelledError


class HasFlow(Protocol):
    """A workflow whose boxes can be resumed."""

    flow: Flow


Walker = TypeVar("Walker", bound=HasFlow)
Answered = TypeVar("Answered")


def box(
    walk: Callable[[Walker], Awaitable[Answered]],
) -> Callable[[Walker], Coroutine[Any, Any, Answered]]:
    """A box that an earlier run of this episode has left gives its answer and does nothing."""

    @wraps(walk)
    async def once(self: Walker) -> Answered:
        if self.flow.answers_of_earlier_run:
            return cast(Answered, self.flow.answers_of_earlier_run.popleft())
        await self.flow.leave_if_cancelled()
        return await walk(self)

    return once
