"""The triage box: impact, urgency and priority, with similar past incidents beside them."""

from collections.abc import Sequence

from temporalio import activity

from activities.policy_source import PolicySource
from activities.requests import ReprioritiseRequest
from incidents.assessment import Reprioritised, SimilarIncident, Triage
from incidents.decisions import triage as decisions
from incidents.report import Report
from records.store import RecordStore, RecordsUnavailable

SIMILAR_AT_MOST = 3
WORDS_LOOKED_FOR = 2_000
"""Characters of a report that similar incidents are sought by; more would only blur the search."""


class TriageActivities:
    """Decides by the policy, and asks the record store for what happened before."""

    def __init__(self, policy: PolicySource, records: RecordStore) -> None:
        self._policy = policy
        self._records = records

    @activity.defn
    def triage(self, report: Report) -> Triage:
        """Impact, urgency, scope and priority of a report. A lost record store stops nothing."""
        return decisions.triage(self._policy.current(), report, self._similar(report))

    @activity.defn
    def reprioritise(self, request: ReprioritiseRequest) -> Reprioritised:
        """The priority and clocks for the impact and urgency that a person says."""
        return decisions.reprioritise(self._policy.current(), request.change)

    def _similar(self, report: Report) -> Sequence[SimilarIncident] | None:
        text = f"{report.title}\n{report.error_message}\n{report.description}"[:WORDS_LOOKED_FOR]
        try:
            return self._records.similar(text, SIMILAR_AT_MOST)
        except RecordsUnavailable as unavailable:
            activity.logger.warning("triage goes on without similar incidents: %s", unavailable)
            return None
