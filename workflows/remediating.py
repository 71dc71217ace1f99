"""Automated resolution: approval where the policy wants it, then the runbook."""

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from workflows.acting import Acting
from workflows.episode import cause_of
from workflows.timeouts import remediate

with workflow.unsafe.imports_passed_through():
    from activities.assignment import AssignmentActivities
    from activities.remediation import RemediationActivities
    from activities.requests import AssignmentRequest, RemediationRequest
    from incidents.assessment import Answer, Classification, RunbookChoice
    from incidents.flowchart import Box
    from incidents.ids import idempotency_key
    from incidents.message import Duration
    from incidents.resolution import RemediationResult, Resolution
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

    async def approved(self, runbook: RunbookChoice, team: str, within: Duration) -> bool:
        """Ask for approval and wait; silence is a no, when the clock has run out."""
        if not self.state.approval_asked:
            self.state.approvers = list(runbook.approvers) or await self._on_call(team)
            self.state.approval_asked = runbook.name
            self.start_clock(ClockName.APPROVE, within, "nobody approved: people resolve it")
            self.note("approval_asked", detail=f"{runbook.name}: {', '.join(self.state.approvers)}")
            self.ask_for_approval(
                self.state.approvers, f"May the runbook “{runbook.title}” run for this incident?"
            )
        await self.next_event(lambda: self.state.approved is not None)
        self.stop_clocks(ClockName.APPROVE)
        self.stop_paging()
        self.state.approval_asked = ""
        return self.state.approved is True

    async def run_runbook(self, runbook: RunbookChoice) -> bool:
        """Run it. Yes only when its own check passed."""
        self.state.remediations += 1
        attempt = self.state.remediations
        request = RemediationRequest(
            key=idempotency_key(self.state.incident_id, self.state.episode, "runbook", attempt),
            incident_id=self.state.incident_id,
            service=self.state.report.service,
            runbook=runbook.name,
        )
        how = remediate(runbook.takes_at_most)
        self.note("runbook_started", detail=f"{runbook.name}, {request.key}")
        self.busy_with(f"the runbook {runbook.name} runs", how)
        try:
            result = await self.act(
                RemediationActivities.remediate, request, how, f"runbook {runbook.name}"
            )
        except ActivityError as failed:
            if is_cancelled_exception(failed):
                raise
            result = self._outcome_unknown(runbook, cause_of(failed))
        self.state.remediation = result
        if result.yes:
            self.state.resolution = Resolution(
                by=AUTOMATION,
                summary=f"{runbook.title}: its check passed",
                steps=tuple(step.what[:1000] for step in result.steps),
                at=self.now,
            )
        return self.answered(Box.AUTOMATED_RESOLUTION, result)

    def _outcome_unknown(self, runbook: RunbookChoice, why: str) -> RemediationResult:
        """Every attempt was lost: people must look at what the runbook has done."""
        policy = self.state.classification
        return RemediationResult(
            answer="no",
            reasons=(f"the outcome of {runbook.name} is unknown: {why}",),
            policy_version=policy.policy_version if policy else "",
            runbook=runbook.name,
        )

    async def _on_call(self, team: str) -> list[str]:
        request = AssignmentRequest(team=team, tier=1, priority=self.priority, at=self.now)
        assignment = await self.decide(AssignmentActivities.assign, request)
        return list(assignment.contacts[:1])
