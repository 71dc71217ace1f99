"""The follow_up box: what is watched after a resolution, and what that has shown."""

from temporalio import activity

from activities.policy_source import PolicySource
from activities.requests import FollowUpRequest, WatchRequest
from incidents.decisions import follow_up as decisions
from incidents.resolution import FollowUpPlan, WatchFinding


class FollowUpActivities:
    """Decides by the policy that is in force now."""

    def __init__(self, policy: PolicySource) -> None:
        self._policy = policy

    @activity.defn
    def plan_follow_up(self, request: FollowUpRequest) -> FollowUpPlan:
        """Whether to watch, and when to look."""
        return decisions.plan(
            self._policy.current(),
            request.report,
            priority=request.priority,
            verdict=request.verdict,
            workaround=request.workaround,
        )

    @activity.defn
    def judge_watch(self, request: WatchRequest) -> WatchFinding:
        """What the watch window has shown: clear, recurred, partial, or watching still."""
        return decisions.judge(
            self._policy.current(),
            verdict=request.verdict,
            evidence=request.evidence,
            reported_again=request.reported_again,
            over=request.over,
            solved_by=request.solved_by,
        )
