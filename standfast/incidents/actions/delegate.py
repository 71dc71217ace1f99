"""Delegate: somebody else may answer too whether the runbook may run."""

from standfast.incidents.actions.action import Action, Reason
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import REASON, FromPolicy, Select
from standfast.incidents.actions.guard import while_approval_waits
from standfast.incidents.person import PersonAction
from standfast.messages.message import Name


class Delegate(PersonAction):
    """Somebody else may answer too whether the runbook may run, and is asked."""

    to: Name
    reason: Reason = ""


DELEGATE = ActionDescription(
    action=Action.DELEGATE,
    payload=Delegate,
    summary="Ask one more person to approve the runbook.",
    example={"to": "hana", "reason": "She knows that host"},
    guard=while_approval_waits,
    fields=(
        Select(
            "to",
            "Who may answer too",
            help="Who is asked as well.",
            metavar="PERSON",
            from_policy=FromPolicy.PEOPLE,
        ),
        REASON,
    ),
    button="Ask somebody else for approval",
)
