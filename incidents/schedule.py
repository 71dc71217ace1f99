"""Schedules: what changes who is on call beside the policy's layers: overrides and calendars."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import model_validator

from incidents.message import (
    FromOutside,
    Instant,
    InUtc,
    Message,
    Name,
    OptionalLine,
    at_most,
    short,
    words_of,
)

LONGEST_OVERRIDE = timedelta(days=366)
"""What lasts for longer, or recurs, belongs into the policy."""


class NewOverride(FromOutside):
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
        lasts = self.ends.timestamp() - self.starts.timestamp()
        if lasts <= 0:
            raise ValueError(
                f"it ends {short(self.ends)}, which is not after its start {short(self.starts)}"
            )
        if timedelta(seconds=lasts) > LONGEST_OVERRIDE:
            raise ValueError(
                f"it lasts {words_of(timedelta(seconds=lasts))}; an override lasts at most "
                f"{LONGEST_OVERRIDE.days} days: what lasts longer belongs into the policy"
            )
        return self


class OverrideState(StrEnum):
    """Where an override stands at a moment."""

    COMING = "coming"
    RUNNING = "running"
    OVER = "over"


class Override(Message):
    """An override as it is on record. It holds from `starts` up to `until`, which belongs to it no
    more. Of several that hold at once the one that was made last counts.

    number: counts all overrides in the order in which they were made.
    instead_of: it holds only where this person would be on call; empty for everywhere.
    swap: the id of the first of the two that were made together as a swap; empty without one.
    ended_by, ended_at: who ended it before `ends`, and when; what was planned stays as it was.
    """

    id: str
    number: int
    team: str
    tier: str
    person: str
    starts: InUtc
    ends: InUtc
    by: str
    reason: str = ""
    instead_of: str = ""
    swap: str = ""
    created_at: InUtc
    ended_by: str = ""
    ended_at: InUtc | None = None

    @property
    def until(self) -> datetime:
        """When it is over."""
        return min(self.ends, self.ended_at) if self.ended_at else self.ends

    def state(self, at: datetime) -> OverrideState:
        """Where it stands at `at`. One that was ended before its start is over at once."""
        if at >= self.until or self.until <= self.starts:
            return OverrideState.OVER
        return OverrideState.RUNNING if at >= self.starts else OverrideState.COMING


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


class Roster(Message):
    """Everything dated that decides who is on call, beside the policy.

    known_until: up to when the shifts of calendars are known; None where there are no calendars.
    problems: in words, what could not be read, or is older than it should be.
    """

    overrides: tuple[Override, ...] = ()
    shifts: tuple[Shift, ...] = ()
    known_until: InUtc | None = None
    problems: tuple[str, ...] = ()
