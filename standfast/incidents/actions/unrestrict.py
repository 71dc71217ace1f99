"""Unrestrict: the incident is not confidential any more."""

from standfast.incidents.actions.action import Action, Reason
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import REASON
from standfast.incidents.actions.guard import GuardInput
from standfast.messages.message import InboundMessage, Name


class Unrestrict(InboundMessage):
    """Every responder finds it again."""

    by: Name
    reason: Reason = ""


def _guard(now: GuardInput) -> str | None:
    return None if now.confidential else "it is not confidential"


UNRESTRICT = ActionDescription(
    action=Action.UNRESTRICT,
    payload=Unrestrict,
    summary="End that it is confidential: every responder finds it again.",
    example={"reason": "It was a drill"},
    guard=_guard,
    fields=(REASON,),
    button="Not confidential",
    done="Every responder finds it again.",
)
