"""Schedules: what changes who is on call beside the policy's layers: overrides and calendars."""

from datetime import timedelta
from typing import Annotated

from pydantic import model_validator

from standfast.messages.message import (
    InboundMessage,
    Instant,
    InUtc,
    Message,
    Name,
    OptionalLine,
    at_most,
    words_of,
)
from standfast.time.time_range import TimeRange, lasting

LONGEST_OVERRIDE = timedelta(days=366)
"""What lasts for longer, or recurs, belongs into the policy."""


class NewOverride(InboundMessage):
    """Somebody is to stand in for whoever is on call in a tier, from `starts` up to `ends`.

    instead_of: only for this person, wherever they would be on call; empty for whoever it is.
    """

    team: Name
    tier: Name
    person: Name
    starts: Instant
    ends: Instant
    by: Name
    reason: Annotated[OptionalLine, at_most(500)] = ""
    instead_of: Annotated[OptionalLine, at_most(200)] = ""

    @model_validator(mode="after")
    def _lasts_a_while(self) -> "NewOverride":
        lasts = lasting(self.starts, self.ends)
        if lasts > LONGEST_OVERRIDE:
            raise ValueError(
                f"it lasts {words_of(lasts)}; an override lasts at most "
                f"{LONGEST_OVERRIDE.days} days: what lasts longer belongs into the policy"
            )
        return self


class Override(TimeRange):
    """An override as it is on record. Of several that hold at once the one that was made last
    counts.

    number: counts all overrides in the order in which they were made.
    instead_of: it holds only where this person would be on call; empty for everywhere.
    swap: the id of the first of the two that were made together as a swap; empty without one.
    """

    number: int
    team: str
    tier: str
    person: str
    instead_of: str = ""
    swap: str = ""


class Shift(Message):
    """One event of a tier's calendar: these people are on call, the first of them before others.

    what: the event's summary, as the calendar has it.
    """

    team: str
    tier: str
    people: tuple[str, ...]
    starts: InUtc
    ends: InUtc
    what: str = ""


class DatedShifts(Message):
    """What has a date and decides who is on call, beside the policy: overrides and calendar shifts.

    known_until: up to when the shifts of calendars are known; None where there are no calendars.
    problems: in words, what could not be read, or is older than it should be.
    """

    overrides: tuple[Override, ...] = ()
    shifts: tuple[Shift, ...] = ()
    known_until: InUtc | None = None
    problems: tuple[str, ...] = ()
