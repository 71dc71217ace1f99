"""Who sees which incidents, as far as the policy decides it."""

from standfast.policy.rules import ReportCondition
from standfast.policy.section import Section


class AccessRules(Section):
    """Incidents that only some people find, and what reporters see of the others.

    confidential: a report that meets any of these conditions is confidential from the start.
    reporters_see_team: whether a reporter is shown which team has their incident.
    """

    confidential: tuple[ReportCondition, ...] = ()
    reporters_see_team: bool = True
