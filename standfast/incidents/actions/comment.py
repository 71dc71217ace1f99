"""Comment: a note on the incident's timeline, for responders or for the reporter too."""

from typing import Annotated

from pydantic import field_validator

from standfast.incidents.actions.action import Action, AsReporter
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import Checkbox, TextArea
from standfast.incidents.person import PersonAction
from standfast.incidents.roles import Role
from standfast.messages.message import MultilineText, at_most


class Comment(PersonAction):
    """A note on the timeline. A reporter sees their own, and those that are `to_reporter`."""

    text: Annotated[MultilineText, at_most(10_000)]
    to_reporter: bool = False
    as_reporter: AsReporter = False

    @field_validator("text")
    @classmethod
    def _say_something(cls, text: str) -> str:
        if not text:
            raise ValueError("must not be empty")
        return text


COMMENT = ActionDescription(
    action=Action.COMMENT,
    payload=Comment,
    summary="Add a comment to its timeline; of a closed incident, to its record.",
    example={"text": "Seen on the second floor too"},
    role=Role.REPORTER,
    fields=(
        TextArea("text", "Text", help="The note."),
        Checkbox(
            "to_reporter",
            "For the reporter too: they are told",
            help="The reporter sees it and is told; else it is for responders.",
            role=Role.RESPONDER,
        ),
    ),
    button="Comment",
    for_several=True,
    after_close=True,
    shows_work=True,
)
