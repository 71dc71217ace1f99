"""What the first boxes ask: triage, classify, high_impact, critical, and who gets it, in one."""

from collections.abc import Sequence

from temporalio import activity

from activities.assignment import AssignmentActivities
from activities.policy_source import PolicySource
from activities.requests import (
    Assessment,
    AssessmentRequest,
    AssignmentRequest,
    ReprioritiseRequest,
)
from incidents.assessment import (
    Answer,
    ApprovalRule,
    Assessed,
    Classification,
    Reprioritised,
    SimilarIncident,
)
from incidents.assignment import Assignment
from incidents.decisions.classification import classify
from incidents.decisions.critical import critical
from incidents.decisions.follow_up import plans_for
from incidents.decisions.high_impact import high_impact
from incidents.decisions.triage import reprioritise, triage
from incidents.policy import Policy
from incidents.report import Report
from records.store import RecordStore, RecordsUnavailable

SIMILAR_AT_MOST = 3
WORDS_LOOKED_FOR = 2_000
"""Characters of a report that similar incidents are sought by; more would only blur the search."""


class AssessmentActivities:
    """Decides by the policy that is in force now, and asks the record store what happened before.

    The boxes that follow each other without a wait are answered together: an activity each would
    cost an Action, six events and a workflow task for every box.
    """

    def __init__(
        self, policy: PolicySource, records: RecordStore, assignment: AssignmentActivities
    ) -> None:
        self._policy = policy
        self._records = records
        self._assignment = assignment

    @activity.defn
    def assess(self, request: AssessmentRequest) -> Assessment:
        """The answers up to the next wait: that for a runbook, or that for people."""
        policy, report = self._policy.current(), request.report
        assessed, answers = request.assessed, Assessment(plans=plans_for(policy, report))
        if assessed is None:
            triaged = triage(policy, report, self._similar(report))
            classified = classify(policy, report)
            assessed = Assessed.of(report, triaged, classified)
            answers = answers.model_copy(update={"triage": triaged, "classification": classified})
            if classified.runbook:
                return self._before_a_runbook(policy, answers, classified, assessed, request)
        return self._for_people(policy, answers, assessed, request)

    @activity.defn
    def reprioritise(self, request: ReprioritiseRequest) -> Reprioritised:
        """The priority and clocks for the impact and urgency that a person says."""
        return reprioritise(self._policy.current(), request.change)

    def _before_a_runbook(
        self,
        policy: Policy,
        answers: Assessment,
        classified: Classification,
        assessed: Assessed,
        request: AssessmentRequest,
    ) -> Assessment:
        """Whether a person has to approve it, and who is asked."""
        runbook = classified.runbook
        if runbook is None or runbook.approval is ApprovalRule.NEVER:
            return answers
        needed = True
        if runbook.approval is ApprovalRule.WHEN_HIGH_IMPACT:
            high = high_impact(policy, assessed)
            answers, needed = answers.model_copy(update={"high_impact": high}), high.yes
        if not needed or runbook.approvers:
            return answers.model_copy(update={"approvers": runbook.approvers})
        on_call = self._assign(classified.team, assessed, request, escalated=None)
        return answers.model_copy(update={"approvers": on_call.contacts[:1]})

    def _for_people(
        self, policy: Policy, answers: Assessment, assessed: Assessed, request: AssessmentRequest
    ) -> Assessment:
        high = high_impact(policy, assessed)
        threat = critical(policy, assessed) if high.yes else None
        team = request.team or (answers.classification.team if answers.classification else "")
        return answers.model_copy(
            update={
                "high_impact": high,
                "critical": threat,
                "assignment": self._assign(team, assessed, request, escalated=threat),
            }
        )

    def _assign(
        self, team: str, assessed: Assessed, request: AssessmentRequest, escalated: Answer | None
    ) -> Assignment:
        at_once = escalated is not None and escalated.yes
        return self._assignment.assign(
            AssignmentRequest(
                team=team,
                tier=2 if at_once else 1,
                assessed=assessed.briefly(),
                at=request.at,
                page_everyone=at_once,
            )
        )

    def _similar(self, report: Report) -> Sequence[SimilarIncident] | None:
        text = f"{report.title}\n{report.error_message}\n{report.description}"[:WORDS_LOOKED_FOR]
        try:
            return self._records.similar(text, SIMILAR_AT_MOST)
        except RecordsUnavailable as unavailable:
            activity.logger.warning("triage goes on without similar incidents: %s", unavailable)
            return None
