"""On-call schedules beside the policy's layers: overrides, and the shifts of calendars."""

from datetime import timedelta
from typing import Annotated, NamedTuple

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
"""What lasts longer, or recurs, belongs in the policy."""


class NewOverride(InboundMessage):
    """A request that a person is on call in a tier from `starts` to `ends`.

    instead_of: only where this person would be on call; empty for anybody.
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
                f"{LONGEST_OVERRIDE.days} days: what lasts longer belongs in the policy"
            )
        return self


class EndOverride(InboundMessage):
    """A request to end an override early."""

    by: Name


class Override(TimeRange):
    """An override on record. Of several at the same time the latest counts.

    number: counts all overrides in the order in which they were made.
    instead_of: it holds only where this person would be on call; empty for anybody.
    swap: the id of the first override of a swap; empty where it is no swap.
    """

    number: int
    team: str
    tier: str
    person: str
    instead_of: str = ""
    swap: str = ""


class PlannedOverrides(NamedTuple):
    """What somebody's request comes to: overrides to be made, two for a swap.

    already: those on record that say the same; then there is nothing to make.
    """

    new: tuple[NewOverride, ...] = ()
    already: tuple[Override, ...] = ()


class Shift(Message):
    """One event of a tier's calendar: these people are on call, the first is paged first.

    what: the event's summary.
    """

    team: str
    tier: str
    people: tuple[str, ...]
    starts: InUtc
    ends: InUtc
    what: str = ""


class DatedShifts(Message):
    """The overrides and calendar shifts that decide who is on call, beside the policy.

    known_until: the shifts of calendars are known up to here; None where there are no calendars.
    problems: what could not be read, or is outdated, in words.
    """

    overrides: tuple[Override, ...] = ()
    shifts: tuple[Shift, ...] = ()
    known_until: InUtc | None = None
    problems: tuple[str, ...] = ()


class NewSwap(NewOverride):
    """A request that `person` and `other` take each other's turns from `starts` to `ends`."""

    other: Name


class MadeOverrides(Message):
    """What a request came to.

    already: they were on record before. in_place_of: who would be on call without them.
    problems: what could not be read, or is outdated, in words.
    """

    overrides: tuple[Override, ...]
    already: bool = False
    in_place_of: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class EndedOverride(Message):
    """An override that was ended, and the ids of its swap's others, which are over with it."""

    override: Override
    others: tuple[str, ...] = ()


class TierName(Message):
    """A tier of a team, and the time zone of its schedule."""

    team: str
    tier: str
    zone: str


class OnCallTurn(Message):
    """Who is on call in a tier from `since` on. Moments are in the schedule's time zone.

    on_call: None for nobody. people, until, then, why, because: as in `decisions.on_call`.
    """

    since: Instant
    on_call: str | None
    name: str | None
    people: tuple[str, ...]
    until: Instant | None
    then: str | None
    why: str
    because: str


class TierOnCall(TierName):
    """Who is on call in a tier now, and in the turns of the days that were asked for."""

    now: OnCallTurn
    turns: tuple[OnCallTurn, ...] = ()


class OnCallList(Message):
    """Who is on call in some tiers.

    problems: what could not be read, or is outdated, and who of them does not meet the policy's
        `contact_demands`, in words.
    """

    policy_version: str
    problems: tuple[str, ...]
    tiers: tuple[TierOnCall, ...]
