"""Reassign: the incident goes to another team, or to a person in it."""

from typing import Annotated

from standfast.incidents.actions.action import Action
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import FromPolicy, Select
from standfast.incidents.person import PersonAction
from standfast.messages.message import Name, OptionalLine, at_most


class Reassign(PersonAction):
    """To another team, and to a person in it if one is named."""

    team: Name
    to: Annotated[OptionalLine, at_most(200)] = ""


REASSIGN = ActionDescription(
    action=Action.REASSIGN,
    payload=Reassign,
    summary="Reassign it to another team, or to a person of a team.",
    example={"team": "network", "to": "ivan"},
    needs_people=True,
    fields=(
        Select(
            "team",
            "Team",
            help="The team, by its name in the policy.",
            from_policy=FromPolicy.TEAMS,
            current="team",
        ),
        Select(
            "to",
            "Person",
            help="A person of that team.",
            metavar="PERSON",
            values=(("", "Whoever is on call"),),
            from_policy=FromPolicy.PEOPLE,
        ),
    ),
    button="Reassign",
    for_several=True,
)
