"""Acknowledge: somebody is working on the incident."""

from standfast.incidents.actions.action import Action
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.guard import GuardInput
from standfast.incidents.person import PersonAction


class Acknowledge(PersonAction):
    """Somebody acknowledges the incident: paging stops."""


def _guard(now: GuardInput) -> str | None:
    return f"{now.acknowledged_by} has acknowledged it already" if now.acknowledged_by else None


ACKNOWLEDGE = ActionDescription(
    action=Action.ACKNOWLEDGE,
    payload=Acknowledge,
    summary="Acknowledge an incident: paging stops.",
    example={},
    guard=_guard,
    needs_people=True,
    button="Acknowledge",
    for_several=True,
    done="Acknowledged: it is assigned to you, and paging has stopped.",
    stands_open=True,
)
