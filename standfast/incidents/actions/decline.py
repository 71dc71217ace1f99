"""Decline: somebody who was paged cannot take it, so the next contact is paged."""

from standfast.incidents.actions.action import Action, Reason
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import REASON
from standfast.incidents.actions.guard import GuardInput
from standfast.incidents.person import PersonAction


class Decline(PersonAction):
    """Somebody who was paged cannot take it: the next contact is paged at once."""

    reason: Reason = ""


def _guard(now: GuardInput) -> str | None:
    if owner := now.acknowledged_by:
        if owner == now.by:
            return f"{owner} has acknowledged it: escalate it, or reassign it"
        return f"{owner} has acknowledged it already"
    if now.on_hold:
        return f"it is on hold, for {now.on_hold}, so nobody is paged"
    if now.by in now.declined:
        return f"{now.by} has declined it already"
    if now.by not in now.paged:
        return f"{now.by or 'nobody'} was not paged about it, so there is nothing to decline"
    return None


DECLINE = ActionDescription(
    action=Action.DECLINE,
    payload=Decline,
    summary="Decline a page: the next contact is paged at once.",
    example={"reason": "On a train without a network"},
    guard=_guard,
    needs_people=True,
    fields=(REASON,),
    button="Not me: next",
    done="Declined: the next contact is paged, or the next tier where nobody is left.",
)
