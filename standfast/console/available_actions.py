"""What the person who looks at an incident can do about it now: the same rules as the workflow's.

The picture of the moment: the workflow has the last word, and what it refuses it gives a reason
for.
"""

from standfast.api.actions import role_for
from standfast.incidents.actions import Action, Situation, refusal
from standfast.incidents.record import IncidentView
from standfast.incidents.roles import Role
from standfast.time.clocks import HoldReason

OFFERED = (
    Action.ACKNOWLEDGE,
    Action.APPROVE,
    Action.DENY,
    Action.VERIFY,
    Action.RESUME,
    Action.RESOLVE,
    Action.COMMENT,
    Action.DELEGATE,
    Action.HOLD,
    Action.ESCALATE,
    Action.REASSIGN,
    Action.PAGE,
    Action.REPRIORITISE,
    Action.COMMAND,
    Action.LINK,
    Action.MERGE,
    Action.WITHDRAW,
)
"""In the order in which they are offered. To report again there is the report form."""


def situation_of(view: IncidentView) -> Situation:
    """What decides whether an action makes sense, as far as a view tells it."""
    return Situation(
        incident_id=view.incident_id,
        stage=view.stage,
        acknowledged_by=view.acknowledged_by or "",
        on_hold=HoldReason(view.on_hold) if view.on_hold else None,
        resolved_by=view.resolution.by if view.resolution else "",
        approval=view.approval,
        merged_into=view.merged_into or "",
        withdrawn=view.outcome == "withdrawn",
    )


def available_actions(view: IncidentView, name: str, role: Role) -> tuple[Action, ...]:
    """The actions that make sense now, for somebody of that name and role; the likeliest first."""
    if view.status == "closed":
        return ()
    now = situation_of(view)
    return tuple(
        action
        for action in OFFERED
        if role.may(role_for(action)) and refusal(action, now, by=name) is None
    )
