"""The incident's clocks: started, standing still in a hold, aimed anew with another priority."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from temporalio import workflow

from workflows.episode import Episode

with workflow.unsafe.imports_passed_through():
    from standfast.incidents.assignment import Assignment
    from standfast.time.clocks import Clocks, TimeCounted
    from standfast.time.stopwatch import Stopwatch
    from standfast.time.working_time import Hours, elapsed
    from workflows.state import Case, Clock, ClockName

SHORTEST_TIMER = timedelta(milliseconds=1)
"""For a clock that is due already: it too runs out by a timer that is in the history."""

PAGING = (ClockName.QUIET, ClockName.ACKNOWLEDGE, ClockName.PAGE, ClockName.IDLE)
"""The clocks of the one who has it, or should: each tier has its own. They rest in every hold."""

TARGETS = (ClockName.WARN, ClockName.RESOLVE)
"""The resolution target, and the warning before it: the incident's, over all tiers."""


class Timekeeping(Episode):
    """Starts and stops clocks. What has elapsed on one is lost in no hold and no new priority."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._ran_out_at = self.now

    def start_clock(
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
        self._set(name, Stopwatch.started(lasts, hours, since or self.now), then)

    def start_clock_again(
        self, name: ClockName, every: timedelta, then: str, hours: Hours | None = None
    ) -> None:
        """Start the clock that has just run out over, in step with the moment when it was due.

        Whatever came while nobody ran Standfast is left out: a reminder is not sent in arrears.
        """
        missed = elapsed(hours, self._ran_out_at, self.now)
        watch = Stopwatch(within=every, spent=missed % every, since=self.now, hours=hours)
        self._set(name, watch, then)

    def stop_clocks(self, *names: ClockName) -> None:
        """Stop these clocks, or all."""
        for name in names or tuple(ClockName):
            self.state.clocks.pop(name, None)

    def aim_for_resolution(self, assignment: Assignment) -> None:
        """Start the resolution target, or go on with it by another team's hours."""
        clocks, hours = assignment.clocks, hours_of(assignment)
        if ClockName.RESOLVE not in self.state.clocks:
            for name, within in _targets(clocks).items():
                self.start_clock(name, within, _THEN[name], hours)
            return
        for clock in self._present(TARGETS):
            watch = clock.stopwatch.retargeted(_targets(clocks)[clock.name], hours, self.now)
            self._set(clock.name, watch.resumed(self.now), clock.then)

    def aim_anew(self, clocks: Clocks) -> None:
        """Another priority's clocks: what has elapsed stays elapsed, running or standing still."""
        before = self.state.assignment
        if before is None:
            return
        assignment = before.model_copy(update={"clocks": clocks})
        self.state.assignment, hours = assignment, hours_of(assignment)
        within = {
            **_targets(clocks),
            ClockName.ACKNOWLEDGE: clocks.acknowledge_within,
            ClockName.PAGE: clocks.page_again_every,
        }
        if clocks.idle_after:
            within[ClockName.IDLE] = clocks.idle_after
        else:
            self.stop_clocks(ClockName.IDLE)
        resolve = self.state.clocks.get(ClockName.RESOLVE)
        if resolve:
            # Whoever was warned of the old target is warned of the new one too.
            warn = Clock(
                name=ClockName.WARN, stopwatch=resolve.stopwatch, then=_THEN[ClockName.WARN]
            )
            self.state.clocks[ClockName.WARN] = warn
        for clock in self._present(within):
            watch = clock.stopwatch.retargeted(within[clock.name], hours, self.now)
            self._set(clock.name, watch, clock.then)

    def pause_target(self) -> None:
        """Let the resolution target stand still: it is resolved, as far as anybody knows."""
        for clock in self._present(TARGETS):
            self._set(clock.name, clock.stopwatch.paused(self.now), clock.then)

    def clocks_stand_still(self) -> None:
        """Stop those that the hold stops, where they are."""
        for clock in self._present(self.state.clocks):
            self._set(clock.name, clock.stopwatch, clock.then)

    def clocks_go_on(self) -> None:
        """Let every clock go on where it stood still; a silence has not waited for that."""
        for clock in self._present(self.state.clocks):
            self._set(clock.name, clock.stopwatch.resumed(self.now), clock.then)
        self.look_whether_it_is_quiet()

    def look_whether_it_is_quiet(self) -> None:
        """Where it was quiet: is it still, after what has changed?"""
        if ClockName.QUIET in self.state.clocks:
            self.start_clock(ClockName.QUIET, SHORTEST_TIMER, "is it still quiet?")

    def clocks_due(self) -> dict[str, datetime]:
        """When each running clock is due."""
        return {str(clock.name): due for due, clock in self.state.running()}

    def _set(self, name: ClockName, watch: Stopwatch, then: str) -> None:
        if self._rests(name):
            watch = watch.paused(self.now)
        self.state.clocks[name] = Clock(name=name, stopwatch=watch, then=then)

    def _rests(self, name: ClockName) -> bool:
        """Whether the hold, if there is one, stops this clock."""
        hold, assignment = self.state.hold, self.state.assignment
        if hold is None:
            return False
        if name in TARGETS:
            return assignment is not None and hold.reason in assignment.clocks.hold_pauses
        return name in PAGING

    def _present(self, names: Iterable[ClockName]) -> list[Clock]:
        return [self.state.clocks[name] for name in tuple(names) if name in self.state.clocks]


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
