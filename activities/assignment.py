"""The assign box: whose turn it is in the team, and whom to try after them."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.policy_source import PolicySource
from activities.requests import AssignmentRequest, DelegationRequest
from incidents.assessment import Answer, Assignment
from incidents.decisions import assignment as decisions


class AssignmentActivities:
    """Reads the rotations of the policy that is in force now."""

    def __init__(self, policy: PolicySource) -> None:
        self._policy = policy

    @activity.defn
    def assign(self, request: AssignmentRequest) -> Assignment:
        """Whom to page. Always somebody, whatever the policy has lost meanwhile."""
        return decisions.assign(self._policy.current(), **dict(request))

    @activity.defn
    def reassign(self, request: AssignmentRequest) -> Assignment:
        """The same where a person asked for it: an unknown team or person is refused."""
        try:
            return decisions.reassign(self._policy.current(), **dict(request))
        except (decisions.UnknownTeam, decisions.UnknownPerson) as unknown:
            raise ApplicationError(str(unknown), type="Refused", non_retryable=True) from None

    @activity.defn
    def delegate(self, request: DelegationRequest) -> Answer:
        """Who is asked whether a runbook may run, beside the others: anybody whom we can reach."""
        try:
            return decisions.delegate(self._policy.current(), request.to)
        except decisions.UnknownPerson as unknown:
            raise ApplicationError(str(unknown), type="Refused", non_retryable=True) from None
