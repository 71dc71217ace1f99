"""Deny: the runbook that waits for an approval may not run."""

from standfast.incidents.actions.action import Action, Reason
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import REASON
from standfast.incidents.actions.guard import while_approval_waits
from standfast.incidents.person import PersonAction


class Deny(PersonAction):
    """Forbids the runbook that waits for an approval: people take over."""

    reason: Reason = ""


DENY = ActionDescription(
    action=Action.DENY,
    payload=Deny,
    summary="Deny the runbook that waits for approval; people take over.",
    example={"reason": "Not during the sale"},
    guard=while_approval_waits,
    fields=(REASON,),
    button="Deny the runbook",
)
