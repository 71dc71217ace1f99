"""Evidence, the verdict, and the watch window after it."""

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from workflows.episode import cause_of
from workflows.monitoring import Monitoring
from workflows.timeouts import GATHER_EVIDENCE

with workflow.unsafe.imports_passed_through():
    from activities.follow_up import FollowUpActivities
    from activities.requests import (
        EvidenceRequest,
        FollowUpRequest,
        VerificationRequest,
        WatchRequest,
        WeighRequest,
    )
    from activities.verification import VerificationActivities
    from incidents.flowchart import Box
    from incidents.resolution import BY_MACHINES, Evidence, EvidenceKind, Verdict
    from workflows.state import ClockName, Watch


class Verifying(Monitoring):
    """What stands behind the boxes `issue_resolved` and `follow_up`."""

    async def plan_verification(self) -> None:
        """Which evidence does the policy want for this incident?"""
        request = VerificationRequest(report=self.state.report, priority=self.priority)
        self.state.verification_plan = await self.decide(
            VerificationActivities.plan_verification, request
        )

    def machines_needed(self) -> tuple[EvidenceKind, ...]:
        """What the machines are asked now: by the plan, or at a check of the watch window."""
        if watch := self.state.watch:
            return BY_MACHINES if watch.probes else ()
        plan = self.state.verification_plan
        return tuple(kind for kind in plan.needs if kind in BY_MACHINES) if plan else ()

    async def gather_evidence(self, kinds: tuple[EvidenceKind, ...]) -> None:
        """What monitors say; system tests and log analysis, as far as they are wanted now."""
        resolution = self.state.resolution
        self.hear_monitors()
        if not kinds or resolution is None:
            return
        request = EvidenceRequest(
            report=self.state.report,
            needs=kinds,
            fixed_at=resolution.at,
            began_at=self.state.report.occurred_at or self.state.opened_at,
        )
        what = " and ".join(kinds).replace("_", " ")
        self.busy_with(f"{what} run", GATHER_EVIDENCE)
        try:
            found = await self.act(
                VerificationActivities.gather_evidence, request, GATHER_EVIDENCE, what
            )
        except ActivityError as failed:
            if is_cancelled_exception(failed):
                raise
            found = [self._no_evidence(kind, cause_of(failed)) for kind in kinds]
        for piece in found:
            # The incident's own clock orders the evidence, not that of the machine it came from.
            self.state.evidence.append(piece.model_copy(update={"at": self.now}))
            says = piece.says.replace("_", " ") if piece.says else "nothing"
            self.note("evidence", piece.source, f"{piece.kind} says {says}: {piece.detail}"[:1000])

    def ask_for_confirmation(self) -> None:
        """Ask the reporter, where the plan wants to hear from them; a clock settles silence."""
        plan = self.state.verification_plan
        if plan is None or EvidenceKind.USER_CONFIRMATION not in plan.needs:
            return
        means = plan.silence_means.replace("_", " ")
        self.start_clock(ClockName.CONFIRM, plan.confirm_within, f"silence means {means}")
        if plan.remind_every < plan.confirm_within:
            self.start_clock(ClockName.REMIND_REPORTER, plan.remind_every, "ask the reporter again")
        solved = self.state.resolution
        self.ask_reporter(f"{solved.by} says: {solved.summary}" if solved else "Is it resolved?")

    async def silent_until_heard(self) -> bool:
        """Wait for the reporter; True when the clock ran out without a word.

        What silence means is then weighed with what the machines say at that moment.
        """
        while ClockName.CONFIRM in self.state.clocks and not self._user_was_heard():
            ran_out = await self.next_event(self._user_was_heard)
            plan = self.state.verification_plan
            if plan is None or self._user_was_heard():
                break
            if ran_out is ClockName.CONFIRM:
                self.note("no_answer", detail="the reporter has not answered in time")
                self.stop_clocks(ClockName.REMIND_REPORTER)
                await self.gather_evidence(plan.at_silence)
                return not self._user_was_heard()
            if ran_out is ClockName.REMIND_REPORTER:
                self.start_clock_again(ran_out, plan.remind_every, "ask the reporter again")
                self.ask_reporter("We have not heard from you yet: is it resolved?")
        return False

    async def weigh(self, silent: bool) -> Verdict:
        """The verdict that the policy's rule makes of the evidence since the resolution."""
        plan, resolution = self.state.verification_plan, self.state.resolution
        if plan is None or resolution is None:
            raise RuntimeError("weighed before it was resolved")
        request = WeighRequest(
            evidence=self.state.evidence_since(resolution.at),
            needs=plan.needs,
            silent=silent,
            silence_means=plan.silence_means,
        )
        verification = await self.decide(VerificationActivities.weigh, request)
        self.state.verdict = verification.verdict
        self.answered(Box.ISSUE_RESOLVED, verification)
        return verification.verdict

    async def start_watch(self) -> bool:
        """Open the watch window, if the policy wants one."""
        resolution = self.state.resolution
        verdict = self.state.verdict or Verdict.RESOLVED
        request = FollowUpRequest(
            report=self.state.report,
            priority=self.priority,
            verdict=verdict,
            workaround=bool(resolution and resolution.workaround),
        )
        plan = await self.decide(FollowUpActivities.plan_follow_up, request)
        if not self.answered(Box.FOLLOW_UP, plan):
            return False
        self.state.watch = Watch(
            verdict=verdict,
            opened_at=self.now,
            checks=[self.now + check for check in plan.checks],
            probes=plan.probes,
        )
        self.start_next_check()
        self.publish()
        return True

    def start_next_check(self) -> None:
        """The clock of the watch window's next check; the last one is its end."""
        watch = self.state.watch
        if watch and watch.checks:
            then = "check again" if len(watch.checks) > 1 else "the watch window ends"
            self.start_clock(ClockName.WATCH, watch.checks[0] - self.now, then)

    def something_came_back(self) -> bool:
        """Whether somebody said, since the window opened, that it is not over."""
        watch = self.state.watch
        if watch is None:
            return False
        return watch.reported_again > 0 or any(
            piece.kind is EvidenceKind.USER_CONFIRMATION and piece.says is Verdict.UNRESOLVED
            for piece in self.state.evidence_since(watch.opened_at)
        )

    async def judge_watch(self) -> str:
        """What the window has shown: `watching`, or its end with the reason on record."""
        watch = self.state.watch
        if watch is None:
            raise RuntimeError("judged a watch that was never opened")
        request = WatchRequest(
            verdict=watch.verdict,
            evidence=self._evidence_of_watch(watch),
            reported_again=watch.reported_again,
            over=not watch.checks,
            solved_by=self._who_solved_it(),
        )
        finding = await self.decide(FollowUpActivities.judge_watch, request)
        if finding.answer == "watching":
            self.start_next_check()
        else:
            self.answered(Box.FOLLOW_UP, finding)
            self.stop_clocks()
            because = f"What you worked on has come back: {finding.reasons[0]}."
            self.let_know(finding.tell, f"{because} The next tier is paged.")
        return finding.answer

    def _evidence_of_watch(self, watch: Watch) -> tuple[Evidence, ...]:
        """The checks since the window opened, and all that users have said since the resolution."""
        resolution = self.state.resolution
        if resolution is None:
            return self.state.evidence_since(watch.opened_at)
        return tuple(
            piece
            for piece in self.state.evidence_since(resolution.at)
            if piece.kind is EvidenceKind.USER_CONFIRMATION or piece.at >= watch.opened_at
        )

    def _who_solved_it(self) -> tuple[str, ...]:
        resolution = self.state.resolution
        return (resolution.by if resolution else "", self.state.acknowledged_by)

    def _user_was_heard(self) -> bool:
        resolution = self.state.resolution
        return resolution is not None and any(
            piece.kind is EvidenceKind.USER_CONFIRMATION
            for piece in self.state.evidence_since(resolution.at)
        )

    def _no_evidence(self, kind: EvidenceKind, why: str) -> Evidence:
        return Evidence(kind=kind, source="standfast", says=None, detail=why, at=self.now)
