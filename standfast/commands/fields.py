"""What was typed, as a model of the domain."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from standfast.intake.errors import Refused
from standfast.messages.problems import problems

Valid = TypeVar("Valid", bound=BaseModel)


def valid(model: type[Valid], fields: Mapping[str, Any]) -> Valid:
    """The model with these fields.

    Raises:
        Refused: a line for each field that is wrong.
    """
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        # An error about the whole request has no field before the colon.
        lines = [line.removeprefix(": ") for line in problems(error, model.model_fields)]
        raise Refused("\n".join(lines)) from None
