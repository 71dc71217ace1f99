"""Approve: the runbook that waits for an approval may run."""

from standfast.incidents.actions.action import Action, Reason
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import REASON
from standfast.incidents.actions.guard import while_another_s_approval_waits
from standfast.incidents.person import PersonAction


class Approve(PersonAction):
    """Lets the runbook run that waits for it."""

    reason: Reason = ""


APPROVE = ActionDescription(
    action=Action.APPROVE,
    payload=Approve,
    summary="Approve the runbook that waits for approval: it runs.",
    example={"reason": "Nobody works at this hour"},
    guard=while_another_s_approval_waits,
    fields=(REASON,),
    button="Approve the runbook",
    stands_open=True,
)
