"""The assign box: whose turn it is in the team, whom to try after them, and whether it is quiet."""

from datetime import timedelta
from typing import TYPE_CHECKING

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.requests import DelegationRequest
from standfast.decisions import assignment as decisions
from standfast.incidents import names
from standfast.incidents.assessment import Answer
from standfast.incidents.assignment import Assignment, AssignmentRequest

if TYPE_CHECKING:
    from standfast.on_call.assigner import Assigner
    from standfast.policy_file.source import PolicySource


class AssignmentActivities:
    """Assigns by the policy that is in force now."""

    def __init__(self, policy: "PolicySource", assigner: "Assigner") -> None:
        self._policy = policy
        self._assigner = assigner

    @activity.defn(no_thread_cancel_exception=True)
    def assign(self, request: AssignmentRequest) -> Assignment:
        """Whom to page. Always somebody, whatever the policy has lost meanwhile."""
        _measure_lateness(request)
        return self._assigner.assign(request, activity.info().workflow_id or "")

    @activity.defn(no_thread_cancel_exception=True)
    def reassign(self, request: AssignmentRequest) -> Assignment:
        """The same where a person asked for it: an unknown team or person is refused."""
        try:
            decisions.check_assignable(self._policy.current(), request.team, request.to)
        except (decisions.UnknownTeam, decisions.UnknownPerson) as unknown:
            raise _refused(unknown) from None
        return self.assign(request)

    @activity.defn(no_thread_cancel_exception=True)
    def delegate(self, request: DelegationRequest) -> Answer:
        """Who is asked whether a runbook may run, beside the others: anybody whom we can reach."""
        try:
            return decisions.delegate(self._policy.current(), request.to)
        except decisions.UnknownPerson as unknown:
            raise _refused(unknown) from None


def _refused(reason: LookupError) -> ApplicationError:
    return ApplicationError(str(reason), type="Refused", non_retryable=True)


def _measure_lateness(request: AssignmentRequest) -> None:
    if request.ran_out not in request.clocks_due:
        return
    meter = activity.metric_meter().with_additional_attributes(
        {"clock": request.ran_out, "priority": str(request.assessed.priority)}
    )
    late = max(request.at - request.clocks_due[request.ran_out], timedelta())
    meter.create_histogram_timedelta(names.LATENESS, "How late clocks were noticed").record(late)
