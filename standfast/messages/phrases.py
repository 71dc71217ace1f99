"""Phrases to look for in a report, as in the policy or in a silence."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from standfast.messages.message import Line, at_most


def one_or_many(value: object) -> object:
    """A single text as a list of one."""
    return [value] if isinstance(value, str) else value


def _can_be_found(phrase: str) -> str:
    if not any(character.isalnum() for character in phrase):
        raise ValueError("needs a letter or a digit: it would never be found")
    return phrase


Phrase = Annotated[Line, at_most(200), AfterValidator(_can_be_found)]
"""Words to look for in a report, upper and lower case alike; a trailing `*` matches any ending."""

Phrases = Annotated[tuple[Phrase, ...], BeforeValidator(one_or_many)]
"""One phrase or a list of them."""
