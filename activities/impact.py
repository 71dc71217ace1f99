"""The high_impact and critical boxes: is it one, and is it the other?"""

from temporalio import activity

from activities.policy_source import PolicySource
from incidents.assessment import Answer, Assessed
from incidents.decisions import critical, high_impact


class ImpactActivities:
    """Decides by the policy that is in force now."""

    def __init__(self, policy: PolicySource) -> None:
        self._policy = policy

    @activity.defn
    def high_impact(self, assessed: Assessed) -> Answer:
        """Whether the incident gets priority handling: "yes" or "no"."""
        return high_impact.high_impact(self._policy.current(), assessed)

    @activity.defn
    def critical(self, assessed: Assessed) -> Answer:
        """Whether a high-impact incident is escalated at once: "yes" or "no"."""
        return critical.critical(self._policy.current(), assessed)
