"""Assigning, escalating, and the clocks that run while people resolve."""

from datetime import datetime

from temporalio import workflow

from workflows.acting import Acting
from workflows.timekeeping import PAGING, SHORTEST_TIMER, TARGETS

with workflow.unsafe.imports_passed_through():
    from standfast.incidents.assessment import Answer
    from standfast.incidents.assignment import Assignment
    from standfast.incidents.flowchart import Box
    from standfast.incidents.record import Outcome
    from standfast.messages.message import words_of
    from standfast.time.clocks import AfterOutage, Breach, Target
    from workflows.state import ClockName


class Resolving(Acting):
    """What stands behind the boxes `assign`, `escalate` and `resolve`."""

    async def assign_tier(self, tier: int, everyone: bool, why: str = "") -> None:
        """Give the incident to a tier of its team; the box it stands in says why."""
        assignment = await self.whom_to_give_it(tier, everyone=everyone)
        reasons = (why, *assignment.reasons) if why else assignment.reasons
        self.answered(self.state.stage, assignment.model_copy(update={"reasons": reasons}))
        self.take_over(assignment, why or "You are on call for it.")

    def why_escalated(self) -> str:
        """The decision that led here, with the first of its reasons: the one that counted."""
        came_from = self.state.path[-2]
        last = next(said for said in reversed(self.state.decisions) if said.box is came_from)
        return f"{last.box} said {last.answer}: {last.reasons[0]}"

    async def clock_ran_out(self, name: ClockName) -> str:
        """Do what a clock is for, by who is on call now. The reason to escalate, or nothing.

        Clocks that ran out together while nobody ran Standfast are settled together, by the
        policy's `after_outage`: whoever is concerned hears of it once, and how late it is.
        """
        if name is ClockName.REMIND_HOLD:
            return self._remind_of_hold()
        if name is ClockName.IDLE and self.state.acted_at:
            # The owner has done something since the clock began: it begins again from then on.
            self.watch_for_idleness(self.state.acted_at)
            return ""
        due = {ClockName(clock): at for clock, at in self.clocks_due().items()}
        due[name] = self._ran_out_at
        before = self.the_assignment
        found = await self.look_again(name)
        if self.state.resolution or self.asked_to_escalate():
            return ""
        if self.state.assignment is not before or self._rests(name):
            return self._ask_again(name)
        ran_out = sorted(
            (clock for clock in map(ClockName, found.overdue) if self._counts(clock, name, due)),
            key=lambda clock: due[clock],
        )
        self.stop_clocks(*ran_out)
        late = self._noticed(found, due[name])
        if late:
            self.note("overdue", detail=f"{', '.join(ran_out)}{late}")
        misses = [
            self._miss(clock, due[clock]) + self._noticed(found, due[clock])
            for clock in ran_out
            if clock in _MISSES
        ]
        missed = "; ".join(misses)
        if missed and not (late and found.after_outage is AfterOutage.PAGE):
            return missed
        if ClockName.IDLE in ran_out:
            self._unacknowledge(found, late)
        elif missed and self.state.acknowledged_by:
            self.aim_for_resolution(found)
            self.warn(f"{missed}.")
        elif missed or ClockName.QUIET in ran_out:
            self.take_over(found, f"{missed}." if missed else f"It is not quiet any more{late}.")
        elif ClockName.PAGE in ran_out:
            self._page_again(found, late)
        elif ClockName.WARN in ran_out:
            share = f"{found.clocks.warn_at:.0%} of {words_of(found.clocks.resolve_within)}"
            self.note("time_runs_out", detail=f"{share} have gone{late}")
            self.warn(f"{share} to resolve it have gone{late}.")
        return ""

    def _noticed(self, found: Assignment, due: datetime) -> str:
        """How late it was noticed what was due then, where that is worth a word."""
        if found.late is None:
            return ""
        return f", noticed {words_of(found.late + (self._ran_out_at - due))} late"

    def _ask_again(self, name: ClockName) -> str:
        """Somebody acted while it was looked up what to do: it is looked up again, if need be."""
        if name is ClockName.QUIET and ClockName.PAGE in self.state.clocks:
            return ""  # Whoever acted has ended the quiet, and pages.
        needed = name in TARGETS or not self.state.acknowledged_by
        if needed and name not in self.state.clocks and name is not ClockName.IDLE:
            self.start_clock(name, SHORTEST_TIMER, "look again who is on call")
        return ""

    def _counts(self, clock: ClockName, name: ClockName, due: dict[ClockName, datetime]) -> bool:
        """Whether a clock that ran out still matters: not when somebody acted in the meantime."""
        if clock in (ClockName.ACKNOWLEDGE, ClockName.PAGE, ClockName.QUIET):
            if self.state.acknowledged_by:
                return False
        elif clock is ClockName.IDLE and not self.state.acknowledged_by:
            return False
        running = self.state.clocks.get(clock)
        return clock is name or (running is not None and running.due == due.get(clock))

    def _miss(self, clock: ClockName, due: datetime) -> str:
        """Record that a target was missed; in words, with what was to be done until when."""
        target, words = _MISSES[clock]
        clocks, tier = self.the_assignment.clocks, self.the_assignment.tier
        response = target is Target.RESPONSE
        within = clocks.acknowledge_within if response else clocks.resolve_within
        self.state.breaches.append(Breach(target=target, within=within, due=due, tier=tier))
        said = f"{words} within {words_of(within)}"
        self.note("target_missed", detail=f"{target}: {said}")
        return said

    def _page_again(self, found: Assignment, late: str) -> None:
        self.hand_over(found)
        if found.quiet:
            self.seek_response(found, "")
            return
        self.climb(f"Nobody has acknowledged it yet{late}.", again=not late)

    def _unacknowledge(self, found: Assignment, late: str) -> None:
        """Whoever took it has not been heard of: it is as if nobody had."""
        owner, after = self.state.acknowledged_by, found.clocks.idle_after
        since = f" for {words_of(after)}" if after else ""
        self.note("unacknowledged", detail=f"nothing was heard of {owner}{since}{late}")
        self.take_over(found, f"{owner} has acknowledged it, and nothing was heard since{late}.")

    def _remind_of_hold(self) -> str:
        if hold := self.state.hold:
            held = words_of(self.now - hold.since)
            every = self.the_assignment.clocks.remind_hold_every
            self.start_clock_again(ClockName.REMIND_HOLD, every, "remind that it is on hold")
            self.note("still_on_hold", detail=f"for {hold.reason}, {held}")
            self.remind(f"On hold for {hold.reason} since {held}.")
        return ""

    def leave_resolve(self, resolved: bool, because: str) -> None:
        """Record how the wait for people ended; its clocks and pages end with it."""
        self.stop_clocks(*PAGING, ClockName.REMIND_HOLD)
        self.stop_paging()
        self.state.hold = self.state.escalation = None
        if resolved:
            self.pause_target()
        policy = self.state.assignment
        answer = Answer(
            answer="yes" if resolved else "no",
            reasons=(because,),
            policy_version=policy.policy_version if policy else "",
        )
        self.answered(Box.RESOLVE, answer)

    def forget_resolution(self) -> None:
        """What was tried did not hold; the timeline and the evidence keep it."""
        if self.state.resolution:
            self.state.recovered.clear()
        self.state.resolution = self.state.verdict = self.state.watch = None

    def how_it_ended(self) -> Outcome:
        """The outcome, as the boxes walked say it."""
        if self.state.merged_into:
            return Outcome.MERGED
        if self.state.withdrawn:
            return Outcome.WITHDRAWN
        automated = self.state.remediation is not None and self.state.remediation.yes
        return Outcome.AUTOMATED if automated else Outcome.RESOLVED

    def closing_words(self) -> str:
        """What reporter and owner are told in the end."""
        if self.state.merged_into:
            return f"It was merged into {self.state.merged_into}: follow that one."
        if self.state.resolution and not self.state.withdrawn:
            solved = self.state.resolution
            return f"It is closed. {solved.by} resolved it: {solved.summary}"
        return f"It is closed: {self.state.outcome}."


_MISSES = {
    ClockName.ACKNOWLEDGE: (Target.RESPONSE, "nobody acknowledged"),
    ClockName.RESOLVE: (Target.RESOLUTION, "not resolved"),
}
