"""Validation errors of inbound messages in words, one line for each field."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from standfast.messages.clean_text import one_line

_MOST = 10
_LONGEST_NAME = 60

_WORDS = {
    "missing": "is missing",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "is too large",
    "dict_type": "must be an object, like {name: value}",
    "timezone_aware": "needs a time zone, like 2026-11-24T10:45:00Z",
    "finite_number": "must be a finite number",
}
_TOO_MANY = {
    "string_too_long": "is too long; at most {max_length} characters are allowed",
    "string_too_short": "is too short; at least {min_length} characters are needed",
    "too_long": "has too many entries; at most {max_length} are allowed",
    "too_short": "has too few entries; at least {min_length} must be given",
}
_TIME_ERRORS = ("datetime_", "timezone_")


def problems(error: ValidationError, fields: Collection[str]) -> tuple[str, ...]:
    """Each error as `field: what is wrong`; `fields` are those the message has.

    >>> problems(error, Report.model_fields)
    ('title: is missing', 'titel: there is no such field; did you mean title?')
    """
    return lines(error.errors(include_url=False, include_input=False), fields)


def lines(errors: Sequence[ErrorDetails], fields: Collection[str]) -> tuple[str, ...]:
    """The same for errors as pydantic lists them, whoever raised them."""
    told = [f"{_field(detail)}: {_what(detail, fields)}" for detail in errors[:_MOST]]
    if len(errors) > _MOST:
        told.append(f"and {len(errors) - _MOST} more")
    return tuple(told)


def _field(detail: ErrorDetails) -> str:
    names = [str(part) for part in detail["loc"] if part != "[key]"]
    return ".".join(_short(name) for name in names)


def _short(name: str) -> str:
    line = one_line(name) or '""'
    return line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1] + "…"


def _what(detail: ErrorDetails, fields: Collection[str]) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        close = get_close_matches(str(detail["loc"][-1])[:_LONGEST_NAME], fields, n=1)
        return "there is no such field" + (f"; did you mean {close[0]}?" if close else "")
    if kind in _WORDS:
        return _WORDS[kind]
    if kind in _TOO_MANY:
        return _TOO_MANY[kind].format_map(detail["ctx"])
    if kind.startswith(_TIME_ERRORS):
        return "is not a time like 2026-11-24T10:45:00Z"
    words = detail["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return one_line(words.replace("should be", "must be", 1).replace("should have", "must have", 1))
