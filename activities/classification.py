"""The classify box: category, team and runbook by the policy's weighted rules."""

from temporalio import activity

from activities.policy_source import PolicySource
from incidents.assessment import Classification
from incidents.decisions import classification as decisions
from incidents.report import Report


class ClassificationActivities:
    """Decides by the policy that is in force now."""

    def __init__(self, policy: PolicySource) -> None:
        self._policy = policy

    @activity.defn
    def classify(self, report: Report) -> Classification:
        """Category and subcategory of a report with the evidence, its team and its runbook."""
        return decisions.classify(self._policy.current(), report)
