"""Acknowledge: somebody is working on the incident."""

from standfast.incidents.actions.action import Action
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.guard import GuardInput, while_people_work
from standfast.incidents.flowchart import Box
from standfast.incidents.person import PersonAction


class Acknowledge(PersonAction):
    """Somebody acknowledges the incident: paging stops."""


def _guard(now: GuardInput) -> str | None:
    if now.acknowledged_by and now.stage is Box.RESOLVE:
        return f"{now.acknowledged_by} has acknowledged it already"
    return while_people_work(now)


ACKNOWLEDGE = ActionDescription(
    action=Action.ACKNOWLEDGE,
    payload=Acknowledge,
    summary="Acknowledge an incident: paging stops.",
    example={},
    guard=_guard,
    button="Acknowledge",
    for_several=True,
    done="Acknowledged: it is assigned to you, and paging has stopped.",
    stands_open=True,
)
