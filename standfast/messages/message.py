"""The base of all messages: frozen models, with types for clean, bounded text."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict

from standfast.messages.clean_text import clean, decodable, in_one_line


class Message(BaseModel):
    """A frozen model that crosses a boundary: workflow, activity, action, query or screen.

    Unknown fields are ignored, so that an older worker still reads what a newer one wrote.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class InboundMessage(Message):
    """A message from a person or another system: an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("must not be empty")
    return text


def at_most(characters: int) -> AfterValidator:
    """The longest a text may be, in characters after cleaning."""

    def check(text: str) -> str:
        if len(text) > characters:
            raise ValueError(f"is {len(text)} characters long; at most {characters} are allowed")
        return text

    return AfterValidator(check)


MultilineText = Annotated[str, BeforeValidator(decodable), AfterValidator(clean)]
"""A text of several lines, cleaned; may be empty."""

OptionalLine = Annotated[str, BeforeValidator(decodable), AfterValidator(in_one_line)]
"""A text of one line, cleaned; may be empty."""

Line = Annotated[OptionalLine, AfterValidator(_not_empty)]
"""A text of one line, cleaned and not empty."""

Name = Annotated[Line, at_most(200)]
"""Who or what: a person, a team, a service, a monitor."""


_MOST_OF_A_UNIT = 1_000_000_000
LONGEST_DURATION = timedelta(days=3653)
"""Ten years: a longer one is a typing error, and sums must stay within the calendar."""

_DURATION = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def parse_duration(value: Any) -> Any:
    """`"1h30m"`, `"5d"`, `"45s"` as a timedelta; anything else is left for pydantic to judge."""
    if not isinstance(value, str):
        return value
    match = _DURATION.fullmatch(value.strip())
    if not value.strip() or match is None:
        return value
    weeks, days, hours, minutes, seconds = (
        min(int(part or 0), _MOST_OF_A_UNIT) for part in match.groups()
    )
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _bounded(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError("must be longer than zero")
    if value > LONGEST_DURATION:
        raise ValueError("must not be longer than ten years")
    return value


def words_of(duration: timedelta) -> str:
    """A duration as people say it: `5 d 2 h`, `90 s`; at most two units, rounded down."""
    seconds = int(duration.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])


Duration = Annotated[timedelta, BeforeValidator(parse_duration), AfterValidator(_bounded)]
"""Longer than zero, at most ten years; written `15m`, `1h30m`, `5d` in YAML, ISO 8601 in JSON."""


def _of_our_times(moment: datetime) -> datetime:
    if not 1970 <= moment.year <= 9000:
        raise ValueError("must be a moment from 1970 on")
    return moment


Instant = Annotated[AwareDatetime, AfterValidator(_of_our_times)]
"""A moment with its time zone, from 1970 on: arithmetic with it stays within the calendar."""


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


# Python compares moments of one zone by the clock on the wall, which goes back once a year.
InUtc = Annotated[Instant, AfterValidator(_in_utc)]
"""An `Instant` that is compared with others: in UTC, whatever zone it was given in."""


def short(moment: datetime) -> str:
    """A moment for people: `2026-11-24 10:45:00 UTC`.

    Not by `strftime`, which imports a module at each call: in a workflow that is slow.
    """
    day_and_time = moment.replace(tzinfo=None).isoformat(" ", "seconds")
    return f"{day_and_time} {moment.tzname() or ''}".rstrip()
