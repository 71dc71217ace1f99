"""Who is notified when something is wrong with Standfast itself."""

from collections.abc import Sequence
from datetime import datetime

from standfast.decisions.on_call import on_call_at
from standfast.on_call.schedules import OnCallSchedules
from standfast.policy import Policy


def operators(policy: Policy, schedules: OnCallSchedules, at: datetime) -> Sequence[str]:
    """The policy's `operators`; where it names none, who is on call for the incident managers.

    Without incident managers it is the service desk. Empty where nobody is on call there.
    """
    if policy.operators:
        return policy.operators
    team = policy.incident_manager or policy.service_desk
    dated = schedules.dated_shifts(policy, {team}, at)
    tiers = policy.teams[team].tiers
    on_call = [on_call_at(tier, team, at, dated).on_call for tier in tiers]
    return [person for person in on_call if person][:1]
