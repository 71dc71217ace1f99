"""The incident's clocks: started, paused in a hold, resumed after it, changed with the priority."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from temporalio import workflow

from workflows.episode import Episode

with workflow.unsafe.imports_passed_through():
    from standfast.incidents.assignment import Assignment
    from standfast.time.clocks import Clocks, TimeCounted
    from standfast.time.stopwatch import Stopwatch
    from standfast.time.working_time import Hours, elapsed
    from workflows.clock import Clock, ClockName

SHORTEST_TIMER = timedelta(milliseconds=1)
"""For a clock that is due already: it too runs out by a timer that is in the history."""

PAGING = (ClockName.QUIET, ClockName.ACKNOWLEDGE, ClockName.PAGE, ClockName.IDLE)
"""The clocks of the one who has it, or should: each tier has its own. Every hold pauses them."""

TARGETS = (ClockName.WARN, ClockName.RESOLVE)
"""The resolution target, and the warning before it: the incident's, over all tiers."""


class IncidentClocks:
    """Starts and stops clocks. What has elapsed on one is kept in a hold and by a new priority."""

    def __init__(self, episode: Episode) -> None:
        self._episode = episode
        self._state = episode.state
        self.ran_out_at = episode.now
        """When the clock was due that ran out last."""

    def start(
        self,
        name: ClockName,
        runs_for: timedelta,
        then: str,
        hours: Hours | None = None,
        since: datetime | None = None,
    ) -> None:
        """Start a clock, or start it over, from now or as if `since` a moment in the past.

        then: what happens when it runs out, in words.
        """
        lasts = max(runs_for, SHORTEST_TIMER)
        self._set(name, Stopwatch.started(lasts, hours, since or self._episode.now), then)

    def restart(
        self, name: ClockName, every: timedelta, then: str, hours: Hours | None = None
    ) -> None:
        """Start the clock that has just run out over, in step with the moment when it was due.

        Whatever came while nobody ran Standfast is left out: a reminder is not sent in arrears.
        """
        missed = elapsed(hours, self.ran_out_at, self._episode.now)
        watch = Stopwatch(within=every, spent=missed % every, since=self._episode.now, hours=hours)
        self._set(name, watch, then)

    def stop(self, *names: ClockName) -> None:
        """Stop these clocks, as far as they run."""
        for name in names:
            self._state.clocks.pop(name, None)

    def stop_all(self) -> None:
        """Stop every clock."""
        self._state.clocks.clear()

    def ran_out(self, clock: Clock, due: datetime) -> ClockName:
        """Its timer has fired: it is stopped."""
        del self._state.clocks[clock.name]
        self.ran_out_at = due
        return clock.name

    def next_due(self) -> Clock | None:
        """The running clock that is due next."""
        return next((clock for _, clock in self._state.running()), None)

    def start_resolution_target(self, assignment: Assignment) -> None:
        """Start the resolution target, or go on with it by another team's hours."""
        clocks, hours = assignment.clocks, hours_of(assignment)
        if ClockName.RESOLVE not in self._state.clocks:
            for name, within in _targets(clocks).items():
                self.start(name, within, _THEN[name], hours)
            return
        for clock in self._present(TARGETS):
            watch = clock.stopwatch.retargeted(
                _targets(clocks)[clock.name], hours, self._episode.now
            )
            self._set(clock.name, watch.resumed(self._episode.now), clock.then)

    def retarget(self, clocks: Clocks) -> None:
        """Another priority's clocks: what has elapsed stays elapsed, running or paused."""
        before = self._state.assignment
        if before is None:
            return
        assignment = before.model_copy(update={"clocks": clocks})
        self._state.assignment, hours = assignment, hours_of(assignment)
        within = {
            **_targets(clocks),
            ClockName.ACKNOWLEDGE: clocks.acknowledge_within,
            ClockName.PAGE: clocks.page_again_every,
        }
        if clocks.idle_after:
            within[ClockName.IDLE] = clocks.idle_after
        else:
            self.stop(ClockName.IDLE)
        resolve = self._state.clocks.get(ClockName.RESOLVE)
        if resolve:
            # Whoever was warned of the old target is warned of the new one too.
            warn = Clock(
                name=ClockName.WARN, stopwatch=resolve.stopwatch, then=_THEN[ClockName.WARN]
            )
            self._state.clocks[ClockName.WARN] = warn
        for clock in self._present(within):
            watch = clock.stopwatch.retargeted(within[clock.name], hours, self._episode.now)
            self._set(clock.name, watch, clock.then)

    def pause_resolution_target(self) -> None:
        """Pause the resolution target: it is resolved, as far as anybody knows."""
        for clock in self._present(TARGETS):
            self._set(clock.name, clock.stopwatch.paused(self._episode.now), clock.then)

    def pause_all(self) -> None:
        """Pause every clock that the hold pauses."""
        for clock in self._present(self._state.clocks):
            self._set(clock.name, clock.stopwatch, clock.then)

    def resume_all(self) -> None:
        """Resume every clock from where it was paused; a silence may have ended meanwhile."""
        for clock in self._present(self._state.clocks):
            self._set(clock.name, clock.stopwatch.resumed(self._episode.now), clock.then)
        self.recheck_quiet()

    def recheck_quiet(self) -> None:
        """Where it was quiet: is it still, after what has changed?"""
        if ClockName.QUIET in self._state.clocks:
            self.start(ClockName.QUIET, SHORTEST_TIMER, "is it still quiet?")

    def due_times(self) -> dict[str, datetime]:
        """When each running clock is due."""
        return {str(clock.name): due for due, clock in self._state.running()}

    def _set(self, name: ClockName, watch: Stopwatch, then: str) -> None:
        if self.is_paused(name):
            watch = watch.paused(self._episode.now)
        self._state.clocks[name] = Clock(name=name, stopwatch=watch, then=then)

    def is_paused(self, name: ClockName) -> bool:
        """Whether the hold, if there is one, pauses this clock."""
        hold, assignment = self._state.hold, self._state.assignment
        if hold is None:
            return False
        if name in TARGETS:
            return assignment is not None and hold.reason in assignment.clocks.hold_pauses
        return name in PAGING

    def _present(self, names: Iterable[ClockName]) -> list[Clock]:
        return [self._state.clocks[name] for name in tuple(names) if name in self._state.clocks]


def hours_of(assignment: Assignment) -> Hours | None:
    """The hours in which this priority's clocks count time; None for around the clock."""
    counts = assignment.clocks.counts
    return assignment.hours if counts is TimeCounted.WORKING_HOURS else None


def _targets(clocks: Clocks) -> dict[ClockName, timedelta]:
    return {
        ClockName.WARN: clocks.resolve_within * clocks.warn_at,
        ClockName.RESOLVE: clocks.resolve_within,
    }


_THEN = {
    ClockName.WARN: "warn that time runs out",
    ClockName.RESOLVE: "not resolved in time: escalate",
}
