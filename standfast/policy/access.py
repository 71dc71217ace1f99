"""Who sees which incidents, as far as the policy decides it."""

from enum import StrEnum

from standfast.policy.rules import ReportCondition
from standfast.policy.section import Section


class RespondersSee(StrEnum):
    """Which incidents responders find, of those that are not confidential."""

    ALL = "all"
    OWN_TEAM = "own_team"


class AccessRules(Section):
    """Incidents that only some people find, and what reporters see of the others.

    responders_see: whether responders find all others, or those of their teams only.
    confidential: a report that meets any of these conditions is confidential from the start.
    reporters_see_team: whether a reporter is shown which team has their incident.
    """

    responders_see: RespondersSee = RespondersSee.ALL
    confidential: tuple[ReportCondition, ...] = ()
    reporters_see_team: bool = True

    @property
    def by_team(self) -> bool:
        """Whether responders find the incidents of their own teams only."""
        return self.responders_see is RespondersSee.OWN_TEAM
