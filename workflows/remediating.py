"""Automated resolution: approval where the policy wants it, then the runbook."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.acting import Acting
from workflows.episode import cause_of
from workflows.timeouts import CONSULT, remediate

with workflow.unsafe.imports_passed_through():
    from activities.assignment import AssignmentActivities
    from activities.remediation import RemediationActivities
    from standfast.decisions.automation import HOST_LABEL
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
    from workflows.state import ClockName

AUTOMATION = "automation"
"""Who resolved it, where a runbook did."""


class Remediating(Acting):
    """What stands behind the box `automated_resolution`."""

    def not_automated(self, classification: Classification, because: str) -> bool:
        """The answer is no, without a runbook having run."""
        answer = Answer(
            answer="no", reasons=(because,), policy_version=classification.policy_version
        )
        return self.answered(Box.AUTOMATED_RESOLUTION, answer)

    async def needs_approval(self, runbook: RunbookChoice) -> bool:
        """Does the policy want a person's yes first? Where that depends, the timeline says why."""
        if self.state.approval:
            return True
        if runbook.approval is not ApprovalRule.WHEN_HIGH_IMPACT:
            return runbook.approval is ApprovalRule.ALWAYS
        high = (await self.assess()).judgement.high_impact
        event = "approval_needed" if high.yes else "approval_not_needed"
        impact = "high" if high.yes else "not high"
        self.note(event, detail=f"{runbook.name}: impact is {impact}: {'; '.join(high.reasons)}")
        return high.yes

    async def approved(self, runbook: RunbookChoice, team: str) -> bool:
        """Ask for approval, remind, and wait; silence is a no, when the clock has run out."""
        if self.state.approval is None:
            await self._ask_for_approval_of(runbook, team)
        self.assess_anew()
        while self._waits_for_approval():
            ran_out = await self.next_event(lambda: not self._waits_for_approval())
            if ran_out is ClockName.APPROVE:
                break
            if ran_out is ClockName.REMIND_APPROVERS and self._waits_for_approval():
                self.start_clock_again(ran_out, runbook.remind_every, "ask for approval again")
                self._put_to_approvers(runbook, "Nobody has answered yet: may")
        self.stop_clocks(ClockName.APPROVE, ClockName.REMIND_APPROVERS)
        self.stop_paging()
        approval = self.state.approval
        if approval and approval.waits:
            if because := self.state.became_critical:
                approval = self.state.approval = approval.overtaken(
                    f"it is critical now: {because}"
                )
                self.note("approval_given_up", detail=approval.outcome)
            else:
                approval = self.state.approval = approval.timed_out()
                self.note("approval_expired", detail=approval.outcome)
        return bool(approval and approval.yes)

    def why_not_approved(self) -> str:
        """Who denied it, or that nobody has answered."""
        return self.state.approval.outcome if self.state.approval else "it was not approved"

    async def run_runbook(self, runbook: RunbookChoice) -> bool:
        """Run it. Yes only when its own check passed."""
        self.assess_anew()
        self.state.remediations += 1
        attempt = self.state.remediations
        request = RemediationRequest(
            key=idempotency_key(self.state.incident_id, self.state.episode, "runbook", attempt),
            incident_id=self.state.incident_id,
            service=self.state.report.service,
            host=self.state.report.labels.get(HOST_LABEL, ""),
            runbook=runbook.name,
        )
        self.note("runbook_started", detail=f"{runbook.name}, {request.key}")
        result = self.state.remediation = await self._remediate(runbook, request)
        for sentence in result.left:
            self.note("left_behind", "automation", sentence)
        if self.is_cut_short:
            await self._leave_withdrawn(result)
        if result.yes:
            self.state.resolution = Resolution(
                by=AUTOMATION,
                summary=f"{runbook.title}: its check passed",
                steps=tuple(step.what[:1000] for step in result.steps),
                at=self.now,
            )
        return self.answered(Box.AUTOMATED_RESOLUTION, result)

    async def _remediate(
        self, runbook: RunbookChoice, request: RemediationRequest
    ) -> RemediationResult:
        """The runbook's result. Withdrawn meanwhile it is undone, by another worker if need be."""
        how = remediate(runbook.takes_at_most)
        verb = "is undone" if request.withdrawn else "runs"
        self.busy_with(f"the runbook {runbook.name} {verb}", how)
        try:
            return await self.act(
                RemediationActivities.remediate, request, how, f"runbook {runbook.name} {verb}"
            )
        except (ActivityError, asyncio.CancelledError) as failed:
            if self.is_cut_short and not request.withdrawn:
                withdrawn = request.model_copy(update={"withdrawn": True})
                return await self._remediate(runbook, withdrawn)
            if not isinstance(failed, ActivityError):
                raise
            return self._outcome_unknown(runbook, cause_of(failed))

    def _outcome_unknown(self, runbook: RunbookChoice, why: str) -> RemediationResult:
        """Every attempt was lost: people must look at what the runbook has done."""
        unknown = f"the outcome of {runbook.name} is unknown: {why}"
        return RemediationResult(
            answer="no",
            reasons=(unknown,),
            policy_version=self.classification.policy_version,
            runbook=runbook.name,
            outcome=RemediationOutcome.UNKNOWN,
            left=(unknown,),
        )

    async def _leave_withdrawn(self, result: RemediationResult) -> None:
        """Withdrawn while it ran: it was undone, and what is left still needs a person.

        The runbook's activity gave its result instead of ending as cancelled, so the flow has to
        be left here.
        """
        self.answered(Box.AUTOMATED_RESOLUTION, result)
        if result.left:
            contacts = await self._on_call(self.classification.team)
            await self.page_through(contacts, "; ".join(result.left))
        raise asyncio.CancelledError

    async def _ask_for_approval_of(self, runbook: RunbookChoice, team: str) -> None:
        within, again = runbook.approve_within, runbook.remind_every
        self.state.approval = Approval(
            runbook=runbook.name,
            approvers=(await self.assess()).approvers or await self._on_call(team),
            asked_at=self.now,
            within=within,
        )
        self.start_clock(ClockName.APPROVE, within, "nobody approved: people resolve it")
        if again < within:
            self.start_clock(ClockName.REMIND_APPROVERS, again, "ask for approval again")
        asked = ", ".join(self.state.approval.approvers)
        self.note("approval_asked", detail=f"{runbook.name}: {asked}")
        self._put_to_approvers(runbook, "May")

    def _put_to_approvers(self, runbook: RunbookChoice, may: str) -> None:
        if approval := self.state.approval:
            until = short(approval.asked_at + approval.within)
            question = f"{may} the runbook “{runbook.title}” run for this incident?"
            self.ask_for_approval(
                approval.approvers, f"{question} After {until} people take over instead."
            )

    def _waits_for_approval(self) -> bool:
        approval = self.state.approval
        return approval is not None and approval.waits and not self.state.became_critical

    async def _on_call(self, team: str) -> tuple[str, ...]:
        asked = self.asked_of(team, 1)
        found = await self.act(AssignmentActivities.assign, asked, CONSULT, "who is on call?")
        return found.contacts[:1]
