"""Reprioritise: somebody sets impact and urgency."""

from standfast.incidents.actions.action import Action
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import Checkbox, Select
from standfast.incidents.assessment import Level
from standfast.incidents.person import PersonAction

_LEVELS = tuple((level.value, level.value.capitalize()) for level in Level)


class Reprioritise(PersonAction):
    """New impact and urgency; the policy's matrix gives the priority.

    `pin`: nothing raises it by itself, until somebody sets it without.
    """

    impact: Level
    urgency: Level
    pin: bool = False


REPRIORITISE = ActionDescription(
    action=Action.REPRIORITISE,
    payload=Reprioritise,
    summary="Set impact and urgency; the policy's matrix gives the priority.",
    example={"impact": "low", "urgency": "medium", "pin": True},
    fields=(
        Select(
            "impact", "Impact", help="How severe the impact is.", values=_LEVELS, current="impact"
        ),
        Select(
            "urgency",
            "Urgency",
            hint="The policy's matrix gives the priority.",
            help="How urgent it is.",
            values=_LEVELS,
            current="urgency",
        ),
        Checkbox(
            "pin",
            "Pin it: no report or test raises it again by itself",
            help="Pin it: nothing raises it by itself, neither reports nor tests.",
        ),
    ),
    button="Reprioritise",
    shows_work=True,
)
