"""What the first boxes ask: triage, classify, high_impact, critical, and who gets it, in one."""

from collections.abc import Sequence

from temporalio import activity

from activities.assignment import AssignmentActivities
from activities.requests import (
    Assessment,
    AssessmentRequest,
    AssignmentRequest,
    JudgedAnew,
    JudgementRequest,
    ReprioritiseRequest,
    SetAnew,
)
from standfast.decisions.classification import classify
from standfast.decisions.follow_up import plans_for
from standfast.decisions.judgement import judge
from standfast.decisions.triage import reprioritise
from standfast.incidents.assessment import ApprovalRule, Assessed, SimilarIncident
from standfast.incidents.assignment import Assignment
from standfast.incidents.report import Report
from standfast.policy_file.source import PolicySource
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

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
        policy, report, known = self._policy.current(), request.report, request.classification
        similar = self._similar(report) if known is None else ()
        judgement = judge(policy, request.question, similar)
        classification = known or classify(policy, report)
        answers = Assessment(
            plans=plans_for(policy, report), judgement=judgement, classification=classification
        )
        if known is None and classification.runbook:
            return answers.model_copy(update={"approvers": self._approvers(answers, request)})
        threat = judgement.critical
        at_once = threat is not None and threat.yes
        assignment = self._assign(answers, request, tier=2 if at_once else 1, everyone=at_once)
        return answers.model_copy(update={"assignment": assignment})

    @activity.defn
    def judge(self, request: JudgementRequest) -> JudgedAnew:
        """How bad an incident is by all that is known now; who is paged, where that is worse."""
        judgement = judge(self._policy.current(), request.question)
        if request.assignment is None or not judgement.raised or judgement.newly_critical:
            return JudgedAnew(judgement=judgement)
        assessed = Assessed.of(request.report, judgement.triage, request.classification)
        return JudgedAnew(judgement=judgement, assignment=self._whom(request.assignment, assessed))

    @activity.defn
    def reprioritise(self, request: ReprioritiseRequest) -> SetAnew:
        """The priority and clocks for the impact and urgency that a person says."""
        change = reprioritise(self._policy.current(), request.change)
        if request.assignment is None:
            return SetAnew(change=change)
        said = {"impact": change.impact, "urgency": change.urgency, "priority": change.priority}
        assessed = request.assignment.assessed.model_copy(update=said)
        return SetAnew(change=change, assignment=self._whom(request.assignment, assessed))

    def _approvers(self, answers: Assessment, request: AssessmentRequest) -> tuple[str, ...]:
        """Who is asked before the runbook runs; nobody where it needs no approval."""
        runbook = answers.classification.runbook
        if runbook is None or runbook.approval is ApprovalRule.NEVER:
            return ()
        if (
            runbook.approval is ApprovalRule.WHEN_HIGH_IMPACT
            and not answers.judgement.high_impact.yes
        ):
            return ()
        return runbook.approvers or self._assign(answers, request, tier=1).contacts[:1]

    def _assign(
        self, answers: Assessment, request: AssessmentRequest, *, tier: int, everyone: bool = False
    ) -> Assignment:
        classification = answers.classification
        assessed = Assessed.of(request.report, answers.judgement.triage, classification)
        asked = AssignmentRequest(
            team=classification.team,
            tier=tier,
            assessed=assessed,
            at=request.at,
            page_everyone=everyone,
        )
        return self._whom(asked, assessed)

    def _whom(self, asked: AssignmentRequest, assessed: Assessed) -> Assignment:
        brief = {"assessed": assessed.briefly()}
        return self._assignment.assign(asked.model_copy(update=brief))

    def _similar(self, report: Report) -> Sequence[SimilarIncident] | None:
        text = f"{report.title}\n{report.error_message}\n{report.description}"[:WORDS_LOOKED_FOR]
        try:
            return self._records.incidents.similar(text, SIMILAR_AT_MOST)
        except RecordsUnavailable as unavailable:
            activity.logger.warning("triage goes on without similar incidents: %s", unavailable)
            return None
