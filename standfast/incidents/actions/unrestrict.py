"""Unrestrict: the incident is not confidential any more."""

from standfast.incidents.actions.action import Action, Reason
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import REASON
from standfast.incidents.actions.guard import GuardInput
from standfast.incidents.person import PersonAction


class Unrestrict(PersonAction):
    """Every responder finds it again."""

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
    after_close=True,
)
