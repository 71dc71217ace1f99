"""Merge: the incident is the same as another, which goes on."""

from standfast.incidents.actions.action import Action
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import REASON, Line
from standfast.incidents.actions.guard import GuardInput, with_another
from standfast.incidents.relations import Merge


def _guard(now: GuardInput) -> str | None:
    if now.other in now.absorbed:
        return f"{now.other} was merged into it"
    return with_another(now)


MERGE = ActionDescription(
    action=Action.MERGE,
    payload=Merge,
    summary="Merge it into another incident, which goes on with the reporters of both.",
    example={"into": "INC-7F3K2QXWM4", "reason": "The same outage"},
    guard=_guard,
    fields=(
        Line(
            "into",
            "Into incident",
            hint="The same problem, still open: that one goes on, this one closes.",
            help="The incident that goes on.",
            metavar="ID",
        ),
        REASON,
    ),
    button="Merge into another incident",
)
