"""Verification and follow-up: evidence about the resolution, the verdict, the watch window."""

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from workflows.activity_options import GATHER_EVIDENCE
from workflows.clocks import IncidentClocks
from workflows.episode import Episode, cause_of
from workflows.flow import Flow
from workflows.judgement import Judge
from workflows.notifications import Notifications

with workflow.unsafe.imports_passed_through():
    from activities.requests import EvidenceRequest, Look
    from activities.verification import VerificationActivities
    from standfast.decisions.follow_up import WindowResult, assess_window, plan
    from standfast.decisions.verification import weigh
    from standfast.incidents.actions import Action, Resolve
    from standfast.incidents.actors import AUTOMATION
    from standfast.incidents.flowchart import Box
    from standfast.incidents.impact_ledger import statement_of
    from standfast.incidents.monitoring import Recovered, Recovery
    from standfast.incidents.resolution import (
        BY_MACHINES,
        Evidence,
        EvidenceKind,
        Plans,
        Resolution,
        Verdict,
    )
    from workflows.clock import ClockName
    from workflows.state import FollowUpWindow

RESOLVES_WHAT_RECOVERED = "resolves what recovered in quiet"
"""The patch since when the end of a silence pages nobody about what has recovered.

For incidents that were open when this came (29 November 2026), since the changelog says that they
go on. From 0.2.0 on, `workflow.deprecate_patch` takes its place.
"""


class Verifier:
    """Does the work of the boxes `issue_resolved` and `follow_up`."""

    def __init__(
        self,
        episode: Episode,
        clocks: IncidentClocks,
        flow: Flow,
        notifications: Notifications,
        judge: Judge,
    ) -> None:
        self._episode = episode
        self._state = episode.state
        self._clocks = clocks
        self._flow = flow
        self._notifications = notifications
        self._judge = judge

    def record_resolution(self, action: Resolve, news: str = "") -> None:
        """Record that somebody says it is resolved. Verification comes next.

        news: what others are told of it, where that is not `ana resolved it`.
        """
        self._state.resolution = Resolution(**action.model_dump(), at=self._episode.now)
        self._state.worse = None
        self._notifications.stop_paging()
        news = news or f"{action.by} resolved it: {action.summary}"
        self._notifications.all_clear.over(action.by, news)
        workaround = "with a workaround: " if action.workaround else ""
        self._episode.note_action("resolved", action, workaround + action.summary)

    def forget_resolution(self) -> None:
        """Drop a resolution that failed; the timeline and the evidence keep it."""
        if self._state.resolution:
            self._state.recovered.clear()
        self._state.told_it_is_over.clear()
        self._state.resolution = self._state.verdict = self._state.watch = None

    def record_user_verdict(self, who: str, says: Verdict, words: str) -> None:
        """Record what a user says about the resolution as evidence."""
        self._state.evidence.append(
            Evidence(
                kind=EvidenceKind.USER_CONFIRMATION,
                source=who,
                says=says,
                detail=words or "without a comment",
                at=self._episode.now,
            )
        )
        self._episode.note("verified", who, f"{says} {words}".rstrip())

    def recurred(self, who: str, words: str) -> None:
        """Somebody still has the problem, or has it again: counts in verification and the watch."""
        if self._state.watch:
            self._state.watch.reported_again += 1
        elif self._state.stage is Box.ISSUE_RESOLVED:
            self.record_user_verdict(who, Verdict.UNRESOLVED, words)

    def recovered(self, said: Recovery) -> None:
        """A monitor says that it has recovered. That holds until the monitor fires again."""
        if self._state.is_over:
            return
        self._state.recovered[said.by] = Recovered(detail=said.detail, resolves=said.resolves)
        self._state.members.recover_all()
        self._episode.note("recovered", said.by, said.detail)
        if self._state.stage in (Box.ISSUE_RESOLVED, Box.FOLLOW_UP):
            self._record_recovery(said.by, said.detail)
        self.resolve_if_recovered()
        self._episode.show()

    def resolve_if_recovered(self) -> None:
        """Resolve the incident when a monitor has recovered, if the policy allows that."""
        if self._state.stage is not Box.RESOLVE:
            return
        for source, said in self._state.recovered.items():
            if said.resolves:
                summary = f"{source} says that it has recovered. {said.detail}".rstrip()
                action = Resolve(by=source, summary=summary)
                if self._episode.refusal(Action.RESOLVE, action) is None:
                    self.record_resolution(action, summary)
                    self._episode.show()
                return

    def resolve_what_recovered_in_quiet(self) -> bool:
        """Resolve what is over by the time at which somebody would be paged; whether it was.

        Whether or not the monitor `resolves`: nobody has been asked to look at it yet, and the
        verification that follows can still say that it is not over.
        """
        if not self._state.has_recovered or not workflow.patched(RESOLVES_WHAT_RECOVERED):
            return False
        source, said = next(reversed(self._state.recovered.items()))
        summary = f"{source} says that it has recovered, while it was quiet. {said.detail}".rstrip()
        action = Resolve(by=source, summary=summary)
        if self._episode.refusal(Action.RESOLVE, action) is not None:
            return False
        self.record_resolution(action, summary)
        return True

    def _record_recoveries(self) -> None:
        """Record as evidence which monitors have recovered and not fired since."""
        for source, said in self._state.recovered.items():
            self._record_recovery(source, said.detail)

    def _record_recovery(self, source: str, detail: str) -> None:
        self._state.evidence.append(
            Evidence(
                kind=EvidenceKind.SYSTEM_TESTS,
                source=source,
                says=Verdict.RESOLVED,
                detail=detail or "it has recovered",
                at=self._episode.now,
            )
        )

    async def ask_machines(self) -> None:
        """Collect what monitors say; run the system tests and log analysis that the policy wants.

        Nothing is run when the plan needs only the reporter's confirmation. The plan is made again
        when the policy has changed since.
        """
        self._record_recoveries()
        wants = self._plans.verification.needs
        if self._state.plans_are_old or set(wants) != {EvidenceKind.USER_CONFIRMATION}:
            await self._gather_evidence(Look.VERIFICATION)

    async def check_while_watching(self, watch: FollowUpWindow) -> None:
        """Run one check of the watch window."""
        self._record_recoveries()
        if watch.probes:
            await self._gather_evidence(Look.WATCH)

    async def _gather_evidence(self, look: Look) -> None:
        resolution = self._state.resolution
        if resolution is None:
            return
        request = EvidenceRequest(
            report=self._state.report,
            look=look,
            fixed_at=resolution.at,
            began_at=self._state.report.occurred_at or self._state.opened_at,
        )
        what = "system tests and log analysis"
        self._episode.busy_with(f"{what} run", GATHER_EVIDENCE)
        try:
            gathered = await self._episode.run_activity(
                VerificationActivities.gather_evidence, request, GATHER_EVIDENCE, what
            )
        except ActivityError as failed:
            if is_cancelled_exception(failed):
                raise
            found = self._no_evidence(look, cause_of(failed))
            # The old plan stands: an edited policy is noticed again at the next answer by it.
            self._episode.policy_seen(self._plans.policy_version)
        else:
            self._state.plans, found = gathered.plans, gathered.evidence
            self._episode.policy_seen(gathered.plans.policy_version)
        for piece in found:
            # The incident's own clock orders the evidence, not that of the machine it came from.
            self._state.evidence.append(piece.model_copy(update={"at": self._episode.now}))
            says = piece.says.replace("_", " ") if piece.says else "nothing"
            self._episode.note(
                "evidence", piece.source, f"{piece.kind} says {says}: {piece.detail}"[:1000]
            )
        service = self._state.report_now.service
        said = (
            statement_of(piece.model_copy(update={"at": self._episode.now}), service)
            for piece in found
        )
        self._judge.hear(statement for statement in said if statement)

    def ask_for_confirmation(self) -> None:
        """Ask the reporter to confirm, if the plan needs it. A clock limits the wait."""
        plan = self._plans.verification
        if EvidenceKind.USER_CONFIRMATION not in plan.needs:
            return
        means = plan.silence_means.replace("_", " ")
        self._clocks.start(ClockName.CONFIRM, plan.confirm_within, f"silence means {means}")
        if plan.remind_every < plan.confirm_within:
            self._clocks.start(
                ClockName.REMIND_REPORTER, plan.remind_every, "ask the reporter again"
            )
        solved = self._state.resolution
        self._notifications.ask_reporter(
            f"{solved.by} says: {solved.summary}" if solved else "Is it resolved?"
        )

    async def silent_until_heard(self) -> bool:
        """Wait for the reporter; True when the clock ran out without an answer.

        What silence means is then weighed with what the machines say at that moment.
        """
        while ClockName.CONFIRM in self._state.clocks and not self._is_settled():
            ran_out = await self._flow.next_event(
                lambda: self._is_settled() or self._needs_machines()
            )
            if self._is_settled():
                break
            if ran_out is ClockName.CONFIRM:
                self._episode.note("no_answer", detail="the reporter has not answered in time")
                self._clocks.stop(ClockName.REMIND_REPORTER)
                if self._plans.verification.at_silence or self._state.plans_are_old:
                    await self._gather_evidence(Look.SILENCE)
                return not self._is_settled()
            if ran_out is ClockName.REMIND_REPORTER:
                again = self._plans.verification.remind_every
                self._clocks.restart(ran_out, again, "ask the reporter again")
                self._notifications.ask_reporter("We have not heard from you yet: is it resolved?")
            elif self._needs_machines():
                await self._gather_evidence(Look.VERIFICATION)
        return False

    def weigh(self, silent: bool) -> Verdict:
        """The verdict, by the policy's rule, from the evidence since the resolution."""
        plan, resolution = self._plans.verification, self._state.resolution
        if resolution is None:
            raise RuntimeError("weighed before it was resolved")
        verification = weigh(
            plan.policy_version,
            evidence=self._state.evidence_since(resolution.at),
            needs=plan.needs,
            silent=silent,
            silence_means=plan.silence_means,
            became_critical=self._state.became_critical,
        )
        self._state.verdict = verification.verdict
        self._episode.answered(Box.ISSUE_RESOLVED, verification)
        return verification.verdict

    def start_watch(self) -> bool:
        """Open the watch window, if the policy wants one."""
        resolution = self._state.resolution
        verdict = self._state.verdict or Verdict.RESOLVED
        planned = plan(
            self._plans.follow_up,
            priority=self._episode.priority,
            verdict=verdict,
            workaround=bool(resolution and resolution.workaround),
        )
        if not self._episode.answered(Box.FOLLOW_UP, planned):
            return False
        self._state.watch = FollowUpWindow(
            verdict=verdict,
            opened_at=self._episode.now,
            checks=[self._episode.now + check for check in planned.checks],
            probes=planned.probes,
        )
        self.start_next_check()
        self._episode.update_search_attributes()
        return True

    def start_next_check(self) -> None:
        """Start the clock of the next check. The last check ends the watch window."""
        watch = self._state.watch
        if watch and watch.checks:
            then = "check again" if len(watch.checks) > 1 else "the watch window ends"
            self._clocks.start(ClockName.WATCH, watch.checks[0] - self._episode.now, then)

    def has_recurred(self) -> bool:
        """Whether somebody has said since the window opened that the problem is back."""
        watch = self._state.watch
        if watch is None:
            return False
        return bool(watch.reported_again or self._state.became_critical) or any(
            piece.kind is EvidenceKind.USER_CONFIRMATION and piece.says is Verdict.UNRESOLVED
            for piece in self._state.evidence_since(watch.opened_at)
        )

    def judge_watch(self) -> str:
        """What the watch window shows: `watching`, or how it ended, which is recorded."""
        watch = self._state.watch
        if watch is None:
            raise RuntimeError("judged a watch that was never opened")
        finding = assess_window(
            self._plans.policy_version,
            verdict=watch.verdict,
            evidence=self._evidence_of_watch(watch),
            reported_again=watch.reported_again,
            over=not watch.checks,
            became_critical=self._state.became_critical,
        )
        if finding.answer == WindowResult.WATCHING:
            self.start_next_check()
            return finding.answer
        self._episode.answered(Box.FOLLOW_UP, finding)
        self._clocks.stop_all()
        if finding.answer == WindowResult.RECURRED:
            because = f"What you worked on has come back: {finding.reasons[0]}."
            self._notifications.inform(self._who_solved_it(), f"{because} The next tier is paged.")
        return finding.answer

    def _evidence_of_watch(self, watch: FollowUpWindow) -> tuple[Evidence, ...]:
        """The checks since the window opened, and what users have said since the resolution."""
        resolution = self._state.resolution
        if resolution is None:
            return self._state.evidence_since(watch.opened_at)
        return tuple(
            piece
            for piece in self._state.evidence_since(resolution.at)
            if piece.kind is EvidenceKind.USER_CONFIRMATION or piece.at >= watch.opened_at
        )

    def _who_solved_it(self) -> list[str]:
        resolution, machines = self._state.resolution, {AUTOMATION, *self._state.recovered}
        who = (resolution.by if resolution else "", self._state.acknowledged_by)
        return [person for person in dict.fromkeys(who) if person and person not in machines]

    @property
    def _plans(self) -> Plans:
        """The plans for verification and follow-up; made with the first decisions."""
        if self._state.plans is None:
            raise RuntimeError("asked before it was planned")
        return self._state.plans

    def _is_settled(self) -> bool:
        """Whether there is no need to wait for the reporter any longer."""
        resolution = self._state.resolution
        if self._state.became_critical:
            return True
        return resolution is not None and any(
            piece.kind is EvidenceKind.USER_CONFIRMATION
            for piece in self._state.evidence_since(resolution.at)
        )

    def _needs_machines(self) -> bool:
        """Whether the policy was edited since, so that it may need more than the reporter."""
        return self._state.plans_are_old

    def _no_evidence(self, look: Look, why: str) -> tuple[Evidence, ...]:
        """Inconclusive evidence: the system tests and log analysis could not be run."""
        plan = self._plans.verification
        by_look = {Look.VERIFICATION: plan.needs, Look.SILENCE: plan.at_silence}
        return tuple(
            Evidence(kind=kind, source="standfast", says=None, detail=why, at=self._episode.now)
            for kind in by_look.get(look, BY_MACHINES)
            if kind in BY_MACHINES
        )
