"""What the person who looks at an incident can do about it now: the same rules as the workflow's.

The picture of the moment: the workflow has the last word, and what it refuses it gives a reason
for.
"""

from standfast.incidents.actions import (
    ACTIONS,
    Action,
    GuardInput,
    RecordAction,
    all_described,
    refusal,
)
from standfast.incidents.paged import paged_and_declined
from standfast.incidents.record import IncidentView
from standfast.incidents.roles import Role
from standfast.time.clocks import HoldReason


def guard_input(view: IncidentView, by: str, role: Role) -> GuardInput:
    """What decides whether an action makes sense, as far as a view tells it."""
    paged, declined = paged_and_declined(view.timeline)
    return GuardInput(
        incident_id=view.incident_id,
        stage=view.stage,
        acknowledged_by=view.acknowledged_by or "",
        on_hold=HoldReason(view.on_hold) if view.on_hold else None,
        resolved_by=view.resolution.by if view.resolution else "",
        approval=view.approval,
        merged_into=view.merged_into or "",
        withdrawn=view.outcome == "withdrawn",
        confidential=view.confidential is not None,
        paged=paged,
        declined=declined,
        by=by,
        as_reporter=not role.may(Role.RESPONDER),
        reporter=view.report.reporter,
        reporters=view.reporters,
    )


def available_actions(
    view: IncidentView, name: str, role: Role
) -> tuple[Action | RecordAction, ...]:
    """The actions that make sense now, for somebody of that name and role; the likeliest first."""
    if view.status == "closed":
        now = GuardInput(stage=view.stage, confidential=view.confidential is not None, by=name)
        return tuple(
            each.action
            for each in all_described().values()
            if each.after_close and each.offered and role.may(each.role) and not each.guard(now)
        )
    now = guard_input(view, name, role)
    return tuple(
        action
        for action, described in ACTIONS.items()
        if described.offered and role.may(described.role) and refusal(action, now) is None
    )
