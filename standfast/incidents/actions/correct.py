"""Correct: say what a field of a closed incident should say; what was written stays."""

from typing import Annotated

from pydantic import ValidationInfo, field_validator

from standfast.incidents.actions.action import Reason, RecordAction
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import REASON, Select, TextArea
from standfast.incidents.addition import CorrectedField
from standfast.incidents.correction import read
from standfast.incidents.person import PersonAction
from standfast.messages.message import MultilineText, at_most


class Correct(PersonAction):
    """A correction of one field, for everybody who sees that field."""

    field: CorrectedField
    should_say: Annotated[MultilineText, at_most(10_000)]
    reason: Reason = ""

    @field_validator("should_say")
    @classmethod
    def _says_what_it_can_say(cls, text: str, others: ValidationInfo) -> str:
        if not text:
            raise ValueError("must not be empty")
        if field := others.data.get("field"):
            read(field, text)
        return text


CORRECT = ActionDescription(
    action=RecordAction.CORRECT,
    payload=Correct,
    summary="Correct a field of a closed incident; what was written stays beside it.",
    example={"field": "root_cause", "should_say": "The switch, not the cable"},
    fields=(
        Select(
            "field",
            "Which field",
            help="The field that is wrong.",
            values=tuple((field.value, field.words) for field in CorrectedField),
        ),
        TextArea("should_say", "What it should say", help="What the field should say."),
        REASON,
    ),
    button="Correct",
    done="Corrected. What was written stays beside it.",
    after_close=True,
)
