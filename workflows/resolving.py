"""Assigning, escalating, and the clocks that run while people resolve."""

from temporalio import workflow

from workflows.acting import Acting

with workflow.unsafe.imports_passed_through():
    from activities.assignment import AssignmentActivities
    from activities.requests import AssignmentRequest
    from incidents.assessment import Answer
    from incidents.flowchart import Box
    from incidents.message import words_of
    from incidents.record import Outcome
    from workflows.state import ClockName


class Resolving(Acting):
    """What stands behind the boxes `assign`, `escalate` and `resolve`."""

    async def assign_tier(self, tier: int, everyone: bool, why: str = "") -> None:
        """Give the incident to a tier of its team; the box it stands in says why."""
        team = self.state.assignment.team if self.state.assignment else self._team()
        request = AssignmentRequest(
            team=team, tier=tier, priority=self.priority, at=self.now, page_everyone=everyone
        )
        assignment = await self.decide(AssignmentActivities.assign, request)
        reasons = (why, *assignment.reasons) if why else assignment.reasons
        self.answered(self.state.stage, assignment.model_copy(update={"reasons": reasons}))
        self.take_over(assignment, why or "You are on call for it.")

    def why_escalated(self) -> str:
        """The decision that led here, with the first of its reasons: the one that counted."""
        last = self.state.decisions[-1]
        return f"{last.box} said {last.answer}: {last.reasons[0]}"

    def asked_to_escalate(self) -> str:
        """Why a responder asked for the next tier, or nothing."""
        asked = self.state.escalation
        if asked is None:
            return ""
        return f"{asked.by} asked for the next tier: {asked.reason}".removesuffix(": ")

    def clock_ran_out(self, name: ClockName | None) -> str:
        """Do what a clock is for. The reason to escalate, or nothing."""
        clocks = self.state.clock_settings
        if clocks is None or name is None:
            return ""
        match name:
            case ClockName.ACKNOWLEDGE:
                return f"nobody acknowledged within {words_of(clocks.acknowledge_within)}"
            case ClockName.RESOLVE:
                return f"not resolved within {words_of(clocks.resolve_within)}"
            case ClockName.PAGE_AGAIN:
                self.start_clock_again(
                    name, clocks.page_again_every, f"page {self.state.paged} again"
                )
                if self.state.assignment:
                    self.page(self.state.assignment, "Nobody has acknowledged it yet.")
            case ClockName.WARN:
                share = f"{clocks.warn_at:.0%} of {words_of(clocks.resolve_within)}"
                self.note("time_runs_out", detail=f"{share} have gone")
                self.warn(f"{share} to resolve it have gone.")
            case ClockName.REMIND_HOLD if self.state.hold:
                held = words_of(self.now - self.state.hold.since)
                self.start_clock_again(name, clocks.remind_hold_every, "remind that it is on hold")
                self.note("still_on_hold", detail=f"for {self.state.hold.reason}, {held}")
                self.remind(f"On hold for {self.state.hold.reason} since {held}.")
        return ""

    def leave_resolve(self, resolved: bool, because: str) -> None:
        """Record how the wait for people ended; its clocks and pages end with it."""
        self.stop_clocks()
        self.stop_paging()
        self.state.hold = self.state.escalation = None
        policy = self.state.assignment
        answer = Answer(
            answer="yes" if resolved else "no",
            reasons=(because,),
            policy_version=policy.policy_version if policy else "",
        )
        self.answered(Box.RESOLVE, answer)

    def forget_resolution(self) -> None:
        """What was tried did not hold; the timeline and the evidence keep it."""
        self.state.resolution = self.state.verification_plan = None
        self.state.verdict = self.state.watch = None

    def _team(self) -> str:
        return self.state.classification.team if self.state.classification else ""

    def how_it_ended(self) -> Outcome:
        """The outcome, as the boxes walked say it."""
        if self.state.withdrawn:
            return Outcome.WITHDRAWN
        automated = self.state.remediation is not None and self.state.remediation.yes
        return Outcome.AUTOMATED if automated else Outcome.RESOLVED

    def closing_words(self) -> str:
        """What reporter and owner are told in the end."""
        if self.state.resolution and not self.state.withdrawn:
            solved = self.state.resolution
            return f"It is closed. {solved.by} resolved it: {solved.summary}"
        return f"It is closed: {self.state.outcome}."
