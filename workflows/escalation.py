"""Escalation: what a clock that ran out leads to while people resolve, and the next tier."""

from datetime import datetime

from temporalio import workflow

from workflows.clocks import PAGING, SHORTEST_TIMER, TARGETS, IncidentClocks
from workflows.episode import Episode
from workflows.hold import IncidentHold
from workflows.judgement import Judge
from workflows.notifications import Notifications
from workflows.paging import Paging
from workflows.verification import Verifier

with workflow.unsafe.imports_passed_through():
    from standfast.incidents.assessment import Answer
    from standfast.incidents.assignment import Assignment
    from standfast.incidents.flowchart import Box
    from standfast.messages.message import words_of
    from standfast.time.clocks import AfterOutage, Breach, Target
    from workflows.clock import ClockName


class Escalation:
    """Does the work of the boxes `assign`, `escalate` and `resolve`."""

    def __init__(
        self,
        episode: Episode,
        clocks: IncidentClocks,
        hold: IncidentHold,
        paging: Paging,
        notifications: Notifications,
        judge: Judge,
        verifier: Verifier,
    ) -> None:
        self._episode = episode
        self._state = episode.state
        self._clocks = clocks
        self._hold = hold
        self._paging = paging
        self._notifications = notifications
        self._judge = judge
        self._verifier = verifier

    async def assign_tier(self, tier: int, everyone: bool, why: str = "") -> None:
        """Give the incident to a tier of its team; the box it stands in says why."""
        assignment = await self._whom_to_assign(tier, everyone=everyone)
        reasons = (why, *assignment.reasons) if why else assignment.reasons
        self._episode.answered(
            self._state.stage, assignment.model_copy(update={"reasons": reasons})
        )
        self._paging.assign_to(assignment, why or "You are on call for it.")

    async def _whom_to_assign(self, tier: int, *, everyone: bool) -> Assignment:
        """Who gets it in that tier, counted from 1: of its team, or of the one that fits."""
        before = self._state.assignment
        if before is None and (found := (await self._judge.assess()).assignment):
            self._judge.assess_again()
            return found
        team = before.team if before else self._episode.classification.team
        return await self._paging.whom_to_assign(team, tier, everyone=everyone)

    def decision_that_escalated(self) -> str:
        """The decision that led here, with its first reason, which is the decisive one."""
        came_from = self._state.path[-2]
        last = next(said for said in reversed(self._state.decisions) if said.box is came_from)
        return f"{last.box} said {last.answer}: {last.reasons[0]}"

    async def clock_ran_out(self, name: ClockName) -> str:
        """Do what a clock is for, with whoever is on call now. The reason to escalate, or nothing.

        Clocks that ran out together while nobody ran Standfast are settled together, by the
        policy's `after_outage`: each person is notified once, with how late it is.
        """
        if name is ClockName.REMIND_HOLD:
            self._hold.remind()
            return ""
        if name is ClockName.IDLE and self._state.acted_at:
            # The owner has done something since the clock began: it begins again from then on.
            self._paging.watch_for_idleness(self._state.acted_at)
            return ""
        due = {ClockName(clock): at for clock, at in self._clocks.due_times().items()}
        due[name] = self._clocks.ran_out_at
        before = self._episode.assignment
        found = await self._paging.refresh_on_call(name)
        if self._state.resolution or self._state.why_escalate:
            return ""
        if self._state.assignment is not before or self._clocks.is_paused(name):
            return self._ask_again(name)
        ran_out = sorted(
            (clock for clock in map(ClockName, found.overdue) if self._counts(clock, name, due)),
            key=lambda clock: due[clock],
        )
        self._clocks.stop(*ran_out)
        late = self._noticed(found, due[name])
        if late:
            self._episode.note("overdue", detail=f"{', '.join(ran_out)}{late}")
        misses = [
            self._miss(clock, due[clock]) + self._noticed(found, due[clock])
            for clock in ran_out
            if clock in _MISSES
        ]
        is_loud_again = ClockName.QUIET in ran_out and not found.quiet
        if is_loud_again and self._verifier.resolve_what_recovered_in_quiet():
            return ""
        missed = "; ".join(misses)
        if missed and not (late and found.after_outage is AfterOutage.PAGE):
            return missed
        if ClockName.IDLE in ran_out:
            self._unacknowledge(found, late)
        elif missed and self._state.acknowledged_by:
            self._clocks.start_resolution_target(found)
            self._notifications.warn(f"{missed}.")
        elif missed or ClockName.QUIET in ran_out:
            self._paging.assign_to(
                found, f"{missed}." if missed else f"It is not quiet any more{late}."
            )
        elif ClockName.PAGE in ran_out:
            self._page_again(found, late)
        elif ClockName.WARN in ran_out:
            share = f"{found.clocks.warn_at:.0%} of {words_of(found.clocks.resolve_within)}"
            self._episode.note("time_runs_out", detail=f"{share} has passed{late}")
            self._notifications.warn(f"{share} to resolve it has passed{late}.")
        return ""

    def _noticed(self, found: Assignment, due: datetime) -> str:
        """How late it was noticed that something was due then, if that is worth telling."""
        if found.late is None:
            return ""
        return f", noticed {words_of(found.late + (self._clocks.ran_out_at - due))} late"

    def _ask_again(self, name: ClockName) -> str:
        """Somebody acted while the on-call lookup ran: look up again, if still needed."""
        if name is ClockName.QUIET and ClockName.PAGE in self._state.clocks:
            # Whoever acted has ended the quiet, and pages. Nobody was asked to respond before.
            if ClockName.ACKNOWLEDGE not in self._state.clocks:
                self._paging.start_acknowledge_clock(self._episode.assignment)
            return ""
        needed = name in TARGETS or not self._state.acknowledged_by
        if needed and name not in self._state.clocks and name is not ClockName.IDLE:
            self._clocks.start(name, SHORTEST_TIMER, "look up again who is on call")
        return ""

    def _counts(self, clock: ClockName, name: ClockName, due: dict[ClockName, datetime]) -> bool:
        """Whether a clock that ran out still matters: not when somebody acted in the meantime."""
        if clock in (ClockName.ACKNOWLEDGE, ClockName.PAGE, ClockName.QUIET):
            if self._state.acknowledged_by:
                return False
        elif clock is ClockName.IDLE and not self._state.acknowledged_by:
            return False
        running = self._state.clocks.get(clock)
        return clock is name or (running is not None and running.due == due.get(clock))

    def _miss(self, clock: ClockName, due: datetime) -> str:
        """Record that a target was missed; says in words what was not done in time."""
        target, words = _MISSES[clock]
        clocks, tier = self._episode.assignment.clocks, self._episode.assignment.tier
        response = target is Target.RESPONSE
        within = clocks.acknowledge_within if response else clocks.resolve_within
        self._state.breaches.append(Breach(target=target, within=within, due=due, tier=tier))
        said = f"{words} within {words_of(within)}"
        self._episode.note("target_missed", detail=f"{target}: {said}")
        return said

    def _page_again(self, found: Assignment, late: str) -> None:
        early = self._paging.update_on_call(found)
        if found.quiet:
            self._paging.start_response_target(found, "")
            return
        if early and not late:
            self._paging.wait_for_page(early, again=True)
            return
        self._paging.page_next_step(f"Nobody has acknowledged it yet{late}.", again=not late)

    def _unacknowledge(self, found: Assignment, late: str) -> None:
        """Nothing was heard from whoever acknowledged: page as if nobody had."""
        owner, after = self._state.acknowledged_by, found.clocks.idle_after
        since = f" for {words_of(after)}" if after else ""
        self._episode.note("unacknowledged", detail=f"nothing was heard from {owner}{since}{late}")
        self._paging.assign_to(
            found, f"{owner} has acknowledged it, and nothing was heard since{late}."
        )

    def end_resolve(self, resolved: bool, because: str) -> None:
        """Record how the wait for people ended, and stop its clocks and pages."""
        self._clocks.stop(*PAGING, ClockName.REMIND_HOLD)
        self._notifications.stop_paging()
        self._state.hold = self._state.escalation = None
        if resolved:
            self._clocks.pause_resolution_target()
        policy = self._state.assignment
        answer = Answer(
            answer="yes" if resolved else "no",
            reasons=(because,),
            policy_version=policy.policy_version if policy else "",
        )
        self._episode.answered(Box.RESOLVE, answer)


_MISSES = {
    ClockName.ACKNOWLEDGE: (Target.RESPONSE, "nobody acknowledged"),
    ClockName.RESOLVE: (Target.RESOLUTION, "not resolved"),
}
