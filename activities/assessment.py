"""What the first boxes ask: triage, classify, high_impact, critical, and who gets it, in one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from temporalio import activity

from activities.requests import (
    Assessment,
    AssessmentRequest,
    JudgedAnew,
    JudgementRequest,
    ReprioritiseRequest,
    SetAnew,
)
from standfast.decisions.article_review import terms_at
from standfast.decisions.classification import classify
from standfast.decisions.fix_rate import Opened
from standfast.decisions.follow_up import plans_for
from standfast.decisions.judgement import judge
from standfast.decisions.triage import reprioritise
from standfast.incidents.assessment import Assessed, SimilarIncident
from standfast.incidents.assignment import Assignment, AssignmentRequest
from standfast.incidents.confidentiality import Reader
from standfast.incidents.report import Report
from standfast.records.errors import RecordsUnavailable

if TYPE_CHECKING:
    from standfast.on_call.assigner import Assigner
    from standfast.policy import Policy
    from standfast.policy_file.source import PolicySource
    from standfast.records.store import RecordStore

SIMILAR_AT_MOST = 3
OPEN_ACTIONS_AT_MOST = 3
SEARCHED_BY = 2_000
"""Characters of a report that similar incidents are sought by; more would only blur the search."""


class AssessmentActivities:
    """Decides by the policy that is in force now, and asks the record store what happened before.

    The boxes that follow each other without a wait are answered together: an activity each would
    cost an Action, six events and a workflow task for every box.
    """

    def __init__(
        self, policy: "PolicySource", records: "RecordStore", assigner: "Assigner"
    ) -> None:
        self._policy = policy
        self._records = records
        self._assigner = assigner

    @activity.defn(no_thread_cancel_exception=True)
    def assess(self, request: AssessmentRequest) -> Assessment:
        """The answers up to the next wait: that for a runbook, or that for people."""
        policy, report, known = self._policy.current(), request.report, request.classification
        similar = self._similar(policy, report, request.at) if known is None else ()
        judgement = judge(policy, request.question, similar)
        if known is None and (still_open := self._open_actions(policy, report)):
            triage = judgement.triage.model_copy(update={"open_actions": still_open})
            judgement = judgement.model_copy(update={"triage": triage})
        answers = Assessment(
            plans=plans_for(policy, report),
            judgement=judgement,
            classification=known or classify(policy, report),
        )
        if known is None and (runbook := answers.classification.runbook):
            if not runbook.needs_approval(judgement.high_impact.yes):
                return answers
            approvers = runbook.approvers or self._assign(answers, request).contacts[:1]
            requested_by = policy.people_known_as(report.reporter, report.entered_by)
            update = {"approvers": approvers, "requested_by": requested_by}
            return answers.model_copy(update=update)
        at_once = judgement.critical is not None and judgement.critical.yes
        assignment = self._assign(answers, request, at_once=at_once)
        return answers.model_copy(update={"assignment": assignment})

    @activity.defn(no_thread_cancel_exception=True)
    def judge(self, request: JudgementRequest) -> JudgedAnew:
        """How bad an incident is by all that is known now; who is paged, where that is worse."""
        judgement = judge(self._policy.current(), request.question)
        if request.assignment is None or not judgement.raised or judgement.newly_critical:
            return JudgedAnew(judgement=judgement)
        assessed = Assessed.of(request.report, judgement.triage, request.classification)
        return JudgedAnew(judgement=judgement, assignment=self._whom(request.assignment, assessed))

    @activity.defn(no_thread_cancel_exception=True)
    def reprioritise(self, request: ReprioritiseRequest) -> SetAnew:
        """The priority and clocks for the impact and urgency that a person says."""
        change = reprioritise(self._policy.current(), request.change)
        if request.assignment is None:
            return SetAnew(change=change)
        said = {"impact": change.impact, "urgency": change.urgency, "priority": change.priority}
        assessed = request.assignment.assessed.model_copy(update=said)
        return SetAnew(change=change, assignment=self._whom(request.assignment, assessed))

    def _assign(
        self, answers: Assessment, request: AssessmentRequest, *, at_once: bool = False
    ) -> Assignment:
        """Who gets it; at once everybody of the second tier."""
        classification = answers.classification
        assessed = Assessed.of(request.report, answers.judgement.triage, classification)
        asked = AssignmentRequest(
            team=classification.team,
            tier=2 if at_once else 1,
            assessed=assessed,
            at=request.at,
            page_everyone=at_once,
        )
        return self._whom(asked, assessed)

    def _whom(self, asked: AssignmentRequest, assessed: Assessed) -> Assignment:
        asked = asked.model_copy(update={"assessed": assessed.briefly()})
        return self._assigner.assign(asked, activity.info().workflow_id or "")

    def _similar(
        self, policy: "Policy", report: Report, at: datetime
    ) -> Sequence[SimilarIncident] | None:
        if policy.access.by_team:
            return ()  # they may be another team's
        text = f"{report.title}\n{report.error_message}\n{report.description}"
        try:
            found = self._records.incidents.similar(text[:SEARCHED_BY], SIMILAR_AT_MOST)
            episodes = [(past.incident_id, past.episode) for past in found]
            terms = terms_at(policy, datetime.now(UTC))
            again = Opened(activity.info().workflow_id or "", at)
            fixes = self._records.article_search.fixes(episodes, terms, again)
        except RecordsUnavailable as unavailable:
            activity.logger.warning("triage goes on without similar incidents: %s", unavailable)
            return None
        return [
            past.model_copy(update={"fix": fixes.get((past.incident_id, past.episode))})
            for past in found
        ]

    def _open_actions(self, policy: "Policy", report: Report) -> tuple[str, ...]:
        """What the reviews of its earlier episodes said is to be changed, and still is not.

        Only what every responder may read: those of a confidential episode, or of another team by
        a policy that shows each its own, are for whoever looks at that episode.

        Without a key of its own an incident has no earlier episode.
        """
        if not report.dedup_key or policy.access.by_team:
            return ()
        everybody, earlier = Reader(()), [activity.info().workflow_id or ""]
        try:
            found = self._records.reviews.open_actions(earlier, everybody)
        except RecordsUnavailable as away:
            activity.logger.warning("triage goes on without open action items: %s", away)
            return ()
        return tuple(item.words for item in found[:OPEN_ACTIONS_AT_MOST])
