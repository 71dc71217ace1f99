"""Evidence, the verdict, and the watch window after it."""

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from workflows.episode import cause_of
from workflows.monitoring import Monitoring
from workflows.remediating import AUTOMATION
from workflows.timeouts import GATHER_EVIDENCE

with workflow.unsafe.imports_passed_through():
    from activities.requests import EvidenceRequest, Look
    from activities.verification import VerificationActivities
    from standfast.decisions.follow_up import Finding, judge, plan
    from standfast.decisions.verification import weigh
    from standfast.incidents.flowchart import Box
    from standfast.incidents.impact_ledger import statement_of
    from standfast.incidents.resolution import BY_MACHINES, Evidence, EvidenceKind, Plans, Verdict
    from workflows.state import ClockName, FollowUpWindow


class Verifying(Monitoring):
    """What stands behind the boxes `issue_resolved` and `follow_up`."""

    async def ask_machines(self) -> None:
        """What monitors say, and system tests and log analysis as far as the policy wants them.

        Nothing is asked where the plan wants only the reporter's word; that plan is made anew
        where the policy was seen to have changed.
        """
        self.hear_monitors()
        wants = self._plans.verification.needs
        if self.state.plans_are_old or set(wants) != {EvidenceKind.USER_CONFIRMATION}:
            await self._gather_evidence(Look.VERIFICATION)

    async def look_while_watching(self, watch: FollowUpWindow) -> None:
        """A check of the watch window."""
        self.hear_monitors()
        if watch.probes:
            await self._gather_evidence(Look.WATCH)

    async def _gather_evidence(self, look: Look) -> None:
        resolution = self.state.resolution
        if resolution is None:
            return
        request = EvidenceRequest(
            report=self.state.report,
            look=look,
            fixed_at=resolution.at,
            began_at=self.state.report.occurred_at or self.state.opened_at,
        )
        what = "system tests and log analysis"
        self.busy_with(f"{what} run", GATHER_EVIDENCE)
        try:
            gathered = await self.act(
                VerificationActivities.gather_evidence, request, GATHER_EVIDENCE, what
            )
        except ActivityError as failed:
            if is_cancelled_exception(failed):
                raise
            found = self._no_evidence(look, cause_of(failed))
            # The old plan stands: an edited policy is noticed again at the next answer by it.
            self.policy_seen(self._plans.policy_version)
        else:
            self.state.plans, found = gathered.plans, gathered.evidence
            self.policy_seen(gathered.plans.policy_version)
        for piece in found:
            # The incident's own clock orders the evidence, not that of the machine it came from.
            self.state.evidence.append(piece.model_copy(update={"at": self.now}))
            says = piece.says.replace("_", " ") if piece.says else "nothing"
            self.note("evidence", piece.source, f"{piece.kind} says {says}: {piece.detail}"[:1000])
        service = self.state.report.service
        said = (statement_of(piece.model_copy(update={"at": self.now}), service) for piece in found)
        self.heard(statement for statement in said if statement)

    def ask_for_confirmation(self) -> None:
        """Ask the reporter, where the plan wants to hear from them; a clock settles silence."""
        plan = self._plans.verification
        if EvidenceKind.USER_CONFIRMATION not in plan.needs:
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
        while ClockName.CONFIRM in self.state.clocks and not self._is_settled():
            ran_out = await self.next_event(lambda: self._is_settled() or self._needs_machines())
            if self._is_settled():
                break
            if ran_out is ClockName.CONFIRM:
                self.note("no_answer", detail="the reporter has not answered in time")
                self.stop_clocks(ClockName.REMIND_REPORTER)
                if self._plans.verification.at_silence or self.state.plans_are_old:
                    await self._gather_evidence(Look.SILENCE)
                return not self._is_settled()
            if ran_out is ClockName.REMIND_REPORTER:
                again = self._plans.verification.remind_every
                self.start_clock_again(ran_out, again, "ask the reporter again")
                self.ask_reporter("We have not heard from you yet: is it resolved?")
            elif self._needs_machines():
                await self._gather_evidence(Look.VERIFICATION)
        return False

    def weigh(self, silent: bool) -> Verdict:
        """The verdict that the policy's rule makes of the evidence since the resolution."""
        plan, resolution = self._plans.verification, self.state.resolution
        if resolution is None:
            raise RuntimeError("weighed before it was resolved")
        verification = weigh(
            plan.policy_version,
            evidence=self.state.evidence_since(resolution.at),
            needs=plan.needs,
            silent=silent,
            silence_means=plan.silence_means,
            became_critical=self.state.became_critical,
        )
        self.state.verdict = verification.verdict
        self.answered(Box.ISSUE_RESOLVED, verification)
        return verification.verdict

    def start_watch(self) -> bool:
        """Open the watch window, if the policy wants one."""
        resolution = self.state.resolution
        verdict = self.state.verdict or Verdict.RESOLVED
        planned = plan(
            self._plans.follow_up,
            priority=self.priority,
            verdict=verdict,
            workaround=bool(resolution and resolution.workaround),
        )
        if not self.answered(Box.FOLLOW_UP, planned):
            return False
        self.state.watch = FollowUpWindow(
            verdict=verdict,
            opened_at=self.now,
            checks=[self.now + check for check in planned.checks],
            probes=planned.probes,
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
        return bool(watch.reported_again or self.state.became_critical) or any(
            piece.kind is EvidenceKind.USER_CONFIRMATION and piece.says is Verdict.UNRESOLVED
            for piece in self.state.evidence_since(watch.opened_at)
        )

    def judge_watch(self) -> str:
        """What the window has shown: `watching`, or its end with the reason on record."""
        watch = self.state.watch
        if watch is None:
            raise RuntimeError("judged a watch that was never opened")
        finding = judge(
            self._plans.policy_version,
            verdict=watch.verdict,
            evidence=self._evidence_of_watch(watch),
            reported_again=watch.reported_again,
            over=not watch.checks,
            became_critical=self.state.became_critical,
        )
        if finding.answer == Finding.WATCHING:
            self.start_next_check()
            return finding.answer
        self.answered(Box.FOLLOW_UP, finding)
        self.stop_clocks()
        if finding.answer == Finding.RECURRED:
            because = f"What you worked on has come back: {finding.reasons[0]}."
            self.let_know(self._who_solved_it(), f"{because} The next tier is paged.")
        return finding.answer

    def _evidence_of_watch(self, watch: FollowUpWindow) -> tuple[Evidence, ...]:
        """The checks since the window opened, and all that users have said since the resolution."""
        resolution = self.state.resolution
        if resolution is None:
            return self.state.evidence_since(watch.opened_at)
        return tuple(
            piece
            for piece in self.state.evidence_since(resolution.at)
            if piece.kind is EvidenceKind.USER_CONFIRMATION or piece.at >= watch.opened_at
        )

    def _who_solved_it(self) -> list[str]:
        resolution, machines = self.state.resolution, {AUTOMATION, *self.state.recovered}
        who = (resolution.by if resolution else "", self.state.acknowledged_by)
        return [person for person in dict.fromkeys(who) if person and person not in machines]

    @property
    def _plans(self) -> Plans:
        """What comes after a resolution; planned with the first decisions."""
        if self.state.plans is None:
            raise RuntimeError("asked before it was planned")
        return self.state.plans

    def _is_settled(self) -> bool:
        """Whether the reporter's word need not be waited for any longer."""
        resolution = self.state.resolution
        if self.state.became_critical:
            return True
        return resolution is not None and any(
            piece.kind is EvidenceKind.USER_CONFIRMATION
            for piece in self.state.evidence_since(resolution.at)
        )

    def _needs_machines(self) -> bool:
        """Whether the policy was edited since, so that it may want more than the reporter."""
        return self.state.plans_are_old

    def _no_evidence(self, look: Look, why: str) -> tuple[Evidence, ...]:
        """That machines could not be asked, as inconclusive evidence."""
        plan = self._plans.verification
        by_look = {Look.VERIFICATION: plan.needs, Look.SILENCE: plan.at_silence}
        return tuple(
            Evidence(kind=kind, source="standfast", says=None, detail=why, at=self.now)
            for kind in by_look.get(look, BY_MACHINES)
            if kind in BY_MACHINES
        )
