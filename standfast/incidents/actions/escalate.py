"""Escalate: a responder asks for the next tier."""

from dataclasses import replace

from standfast.incidents.actions.action import Action, Reason
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import REASON
from standfast.incidents.actions.guard import while_people_work
from standfast.incidents.person import PersonAction


class Escalate(PersonAction):
    """A responder asks for the next tier."""

    reason: Reason = ""


ESCALATE = ActionDescription(
    action=Action.ESCALATE,
    payload=Escalate,
    summary="Escalate to the next tier.",
    example={"reason": "Needs the vendor"},
    guard=while_people_work,
    fields=(replace(REASON, required_option=True),),
    button="Escalate",
    done="Escalated: the next tier is paged.",
)
