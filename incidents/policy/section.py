"""What every section of the policy is made of."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from incidents.message import Line, Name, at_most


class Section(BaseModel):
    """A part of the policy: frozen, and a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def one_or_many(value: object) -> object:
    """A single text as a list of one."""
    return [value] if isinstance(value, str) else value


Key = Annotated[Name, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
"""The name of a thing in the policy: lower case, digits, `-` and `_`."""


def _can_be_found(phrase: str) -> str:
    if not any(character.isalnum() for character in phrase):
        raise ValueError("needs a letter or a digit: it would never be found")
    return phrase


Phrase = Annotated[Line, at_most(200), AfterValidator(_can_be_found)]
"""Words to look for in a report, upper and lower case alike; a trailing `*` matches any ending."""

Phrases = Annotated[tuple[Phrase, ...], BeforeValidator(one_or_many)]
"""One phrase or a list of them."""

Argument = Annotated[str, Field(max_length=4_000)]
Command = Annotated[tuple[Argument, ...], Field(min_length=1)]
"""An argument list: the program first. Never a shell's string (design rule 7)."""
