"""Restrict: the incident is confidential from now on."""

from pydantic import Field

from standfast.incidents.actions.action import Action, Reason
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import REASON, TextList
from standfast.incidents.person import PersonAction
from standfast.messages.message import Name


class Restrict(PersonAction):
    """Only its team, the people who have to do with it, and `people` find it from now on."""

    people: tuple[Name, ...] = Field(default=(), max_length=50)
    reason: Reason = ""


RESTRICT = ActionDescription(
    action=Action.RESTRICT,
    payload=Restrict,
    summary="Make it confidential, open or closed: only its team and people it names find it.",
    example={"people": ["hana"], "reason": "It is about a person"},
    fields=(
        TextList(
            "people",
            "Who else finds it",
            hint="Names, one a line, besides its team and whoever was paged.",
            option="--person",
            help="Who else finds it; may be repeated.",
        ),
        REASON,
    ),
    button="Make confidential",
    done="It is confidential: nobody else finds it.",
    after_close=True,
)
