"""Automated resolution: approval where the policy wants it, then the runbook."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.activity_options import remediate
from workflows.clocks import IncidentClocks
from workflows.episode import Episode, cause_of
from workflows.flow import Flow
from workflows.judgement import Judge
from workflows.notifications import Notifications
from workflows.paging import Paging

with workflow.unsafe.imports_passed_through():
    from activities.remediation import RemediationActivities
    from standfast.decisions.automation import HOST_LABEL
    from standfast.incidents.actors import AUTOMATION
    from standfast.incidents.approval import Approval
    from standfast.incidents.assessment import Answer, ApprovalRule, Classification, RunbookChoice
    from standfast.incidents.flowchart import Box
    from standfast.incidents.ids import idempotency_key
    from standfast.incidents.resolution import (
        RemediationOutcome,
        RemediationRequest,
        RemediationResult,
        Resolution,
    )
    from standfast.messages.message import short
    from workflows.clock import ClockName


class Automation:
    """Does the work of the box `automated_resolution`."""

    def __init__(
        self,
        episode: Episode,
        clocks: IncidentClocks,
        flow: Flow,
        notifications: Notifications,
        paging: Paging,
        judge: Judge,
    ) -> None:
        self._episode = episode
        self._state = episode.state
        self._clocks = clocks
        self._flow = flow
        self._notifications = notifications
        self._paging = paging
        self._judge = judge

    def not_automated(self, classification: Classification, because: str) -> bool:
        """Answer no: no runbook was run."""
        answer = Answer(
            answer="no", reasons=(because,), policy_version=classification.policy_version
        )
        return self._episode.answered(Box.AUTOMATED_RESOLUTION, answer)

    async def needs_approval(self, runbook: RunbookChoice) -> bool:
        """Whether a person must approve first. If that depends on the impact, it is noted why."""
        if self._state.approval:
            return True
        if runbook.approval is not ApprovalRule.WHEN_HIGH_IMPACT:
            return runbook.needs_approval(high_impact=False)
        high = (await self._judge.assess()).judgement.high_impact
        event = "approval_needed" if high.yes else "approval_not_needed"
        impact = "high" if high.yes else "not high"
        self._episode.note(
            event, detail=f"{runbook.name}: impact is {impact}: {'; '.join(high.reasons)}"
        )
        return runbook.needs_approval(high.yes)

    async def approved(self, runbook: RunbookChoice, team: str) -> bool:
        """Ask for approval, remind, and wait. No answer until the clock runs out means no."""
        if self._state.approval is None:
            await self._ask_for_approval_of(runbook, team)
        self._judge.assess_again()
        while self._waits_for_approval():
            ran_out = await self._flow.next_event(lambda: not self._waits_for_approval())
            if ran_out is ClockName.APPROVE:
                break
            if ran_out is ClockName.REMIND_APPROVERS and self._waits_for_approval():
                self._clocks.restart(ran_out, runbook.remind_every, "ask for approval again")
                self._put_to_approvers(runbook, "Nobody has answered yet: may")
        self._clocks.stop(ClockName.APPROVE, ClockName.REMIND_APPROVERS)
        self._notifications.stop_paging()
        approval = self._state.approval
        if approval and approval.waits:
            if because := self._state.became_critical:
                approval = self._state.approval = approval.overtaken(
                    f"it is critical now: {because}"
                )
                self._episode.note("approval_given_up", detail=approval.outcome)
            else:
                approval = self._state.approval = approval.timed_out()
                self._episode.note("approval_expired", detail=approval.outcome)
        return bool(approval and approval.yes)

    def why_not_approved(self) -> str:
        """Who denied it, or that nobody answered."""
        return self._state.approval.outcome if self._state.approval else "it was not approved"

    async def run_runbook(self, runbook: RunbookChoice) -> bool:
        """Run it. Yes only when its own check passed."""
        self._judge.assess_again()
        self._state.remediations += 1
        attempt = self._state.remediations
        request = RemediationRequest(
            key=idempotency_key(self._state.incident_id, self._state.episode, "runbook", attempt),
            incident_id=self._state.incident_id,
            service=self._state.report.service,
            host=self._state.report.labels.get(HOST_LABEL, ""),
            runbook=runbook.name,
        )
        self._episode.note("runbook_started", detail=f"{runbook.name}, {request.key}")
        result = self._state.remediation = await self._remediate(runbook, request)
        for sentence in result.left:
            self._episode.note("left_behind", "automation", sentence)
        if self._flow.is_cancelled:
            await self._leave_withdrawn(result)
        if result.yes:
            self._state.resolution = Resolution(
                by=AUTOMATION,
                summary=f"{runbook.title}: its check passed",
                steps=tuple(step.what[:1000] for step in result.steps),
                at=self._episode.now,
            )
        return self._episode.answered(Box.AUTOMATED_RESOLUTION, result)

    async def _remediate(
        self, runbook: RunbookChoice, request: RemediationRequest
    ) -> RemediationResult:
        """The runbook's result. If the incident is withdrawn meanwhile, the runbook is undone."""
        how = remediate(runbook.takes_at_most)
        verb = "is undone" if request.withdrawn else "runs"
        self._episode.busy_with(f"the runbook {runbook.name} {verb}", how)
        try:
            return await self._episode.run_activity(
                RemediationActivities.remediate, request, how, f"runbook {runbook.name} {verb}"
            )
        except (ActivityError, asyncio.CancelledError) as failed:
            if self._flow.is_cancelled and not request.withdrawn:
                withdrawn = request.model_copy(update={"withdrawn": True})
                return await self._remediate(runbook, withdrawn)
            if not isinstance(failed, ActivityError):
                raise
            return self._outcome_unknown(runbook, cause_of(failed))

    def _outcome_unknown(self, runbook: RunbookChoice, why: str) -> RemediationResult:
        """Every attempt was lost: people must check what the runbook has done."""
        unknown = f"the outcome of {runbook.name} is unknown: {why}"
        return RemediationResult(
            answer="no",
            reasons=(unknown,),
            policy_version=self._episode.classification.policy_version,
            runbook=runbook.name,
            outcome=RemediationOutcome.UNKNOWN,
            left=(unknown,),
        )

    async def _leave_withdrawn(self, result: RemediationResult) -> None:
        """Withdrawn while it ran: it was undone, and what is left still needs a person.

        The runbook's activity gave its result instead of ending as cancelled, so the flow has to
        be left here.
        """
        self._episode.answered(Box.AUTOMATED_RESOLUTION, result)
        if result.left:
            contacts = await self._paging.first_contact(self._episode.classification.team)
            await self._notifications.page_until_reached(contacts, "; ".join(result.left))
        raise asyncio.CancelledError

    async def _ask_for_approval_of(self, runbook: RunbookChoice, team: str) -> None:
        within, again = runbook.approve_within, runbook.remind_every
        report = self._state.report
        assessed = await self._judge.assess()
        names = (report.reporter, report.entered_by, *assessed.requested_by)
        requested_by = tuple(dict.fromkeys(filter(None, names)))
        approvers = assessed.approvers or await self._paging.first_contact(team)
        others = tuple(name for name in approvers if name not in requested_by)
        self._state.approval = Approval(
            runbook=runbook.name,
            approvers=others or approvers,
            requested_by=requested_by,
            asked_at=self._episode.now,
            within=within,
        )
        self._clocks.start(ClockName.APPROVE, within, "nobody approved: people resolve it")
        if again < within:
            self._clocks.start(ClockName.REMIND_APPROVERS, again, "ask for approval again")
        asked = ", ".join(self._state.approval.approvers)
        self._episode.note("approval_asked", detail=f"{runbook.name}: {asked}")
        self._put_to_approvers(runbook, "May")

    def _put_to_approvers(self, runbook: RunbookChoice, may: str) -> None:
        if approval := self._state.approval:
            until = short(approval.asked_at + approval.within)
            question = f"{may} the runbook “{runbook.title}” run for this incident?"
            self._notifications.ask_for_approval(
                approval.approvers, f"{question} After {until} people take over instead."
            )

    def _waits_for_approval(self) -> bool:
        approval = self._state.approval
        return approval is not None and approval.waits and not self._state.became_critical
