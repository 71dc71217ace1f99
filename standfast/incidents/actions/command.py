"""Command: somebody takes command of the incident, or gives it."""

from typing import Annotated

from standfast.incidents.actions.action import Action
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import FromPolicy, Select
from standfast.incidents.person import PersonAction
from standfast.messages.message import OptionalLine, at_most


class Command(PersonAction):
    """Takes command of the incident, or gives it to `to`."""

    to: Annotated[OptionalLine, at_most(200)] = ""


COMMAND = ActionDescription(
    action=Action.COMMAND,
    payload=Command,
    summary="Take command as the incident commander, or hand it to somebody.",
    example={"to": "hana"},
    fields=(
        Select(
            "to",
            "Commander",
            help="Give command to this person.",
            metavar="PERSON",
            values=(("", "I take command"),),
            from_policy=FromPolicy.PEOPLE,
        ),
    ),
    button="Take or give command",
    shows_work=True,
)
