"""Numbers about closed incidents: what they are counted by, and what is said of each group."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from standfast.messages.message import (
    InboundMessage,
    Instant,
    Message,
    OptionalLine,
    at_most,
)


class GroupedBy(StrEnum):
    """What incidents are counted by."""

    TEAM = "team"
    SERVICE = "service"
    CATEGORY = "category"
    PRIORITY = "priority"
    OUTCOME = "outcome"
    TIER = "tier"
    MONTH = "month"


class Spread(Message):
    """How a measure is spread, in seconds, over the incidents that have it.

    A mean alone misleads: one incident that waited for a week outweighs a hundred short ones.
    """

    count: int = Field(description="How many incidents have this measure.")
    mean: float = Field(description="The mean.")
    p50: float = Field(description="The median: half of them took at most this long.")
    p90: float = Field(description="Nine in ten of them took at most this long.")


class TargetNumbers(Message):
    """How often a target was missed."""

    missed: int = Field(description="Incidents that missed the target, in whatever tier.")
    share: float = Field(description="Of all incidents of the group, from 0 to 1.")
    by_tier: dict[str, int] = Field(
        default_factory=dict,
        description="Incidents that missed the target while a tier had it, by the tier, from 1 "
        "on; one that missed it in two tiers is in both.",
    )


class GroupNumbers(Message):
    """The numbers of one group of closed incidents. `name` is empty for those without one."""

    name: str
    incidents: int = Field(description="Episodes that closed in the time asked for.")
    calendar: dict[str, Spread] = Field(description="Each time, around the clock.")
    working: dict[str, Spread] = Field(
        description="Each time, counted only while the team was at work."
    )
    response: TargetNumbers = Field(description="The response target: that somebody acknowledges.")
    resolution: TargetNumbers = Field(description="The resolution target.")
    escalated: int = Field(
        description="Incidents that were escalated: to a further tier, or, from the top tier, to "
        "everybody of it."
    )
    handed_on: int = Field(description="Incidents that changed hands.")
    reopened: int = Field(
        description="Incidents that verification or follow-up sent back after they were resolved."
    )
    came_back: int = Field(
        description="Incidents that had closed before, and were reported again: further episodes."
    )
    pages: int = Field(description="Pages that were sent.")
    automation_tried: int = Field(description="Incidents for which a runbook ran.")
    automation_worked: int = Field(
        description="Of those, incidents for which its check passed in the end."
    )
    automation_lasted: int = Field(
        description="Of those, incidents that have not come back since. A later episode that was "
        "withdrawn or merged does not count."
    )


class PersonNumbers(Message):
    """What one person had to do with the incidents asked for: load, and whether it is fair."""

    person: str
    held: int = Field(description="Incidents that this person had, by acknowledging them.")
    held_for: float = Field(description="Seconds for which this person had them, all together.")
    pages: int = Field(description="Pages that this person got.")
    at_night: int = Field(
        description="Of those, pages between 22:00 and 07:00 by the person's own clock, as the "
        "policy has it now; in UTC for who is not in it."
    )
    nights: int = Field(description="Nights in which this person was paged at least once.")
    share: float = Field(description="Of all pages of these incidents, from 0 to 1.")


class Stats(Message):
    """The numbers of the incidents that closed from `since` on and before `until`."""

    since: Instant
    until: Instant
    by: GroupedBy
    total: GroupNumbers
    unmeasured: int = Field(
        0,
        description="Incidents that closed in the time asked for and are in no number: their "
        "record is of an earlier version and tells too little, is still to be measured after an "
        "upgrade, or has measures of a later version.",
    )
    groups: tuple[GroupNumbers, ...]
    people: tuple[PersonNumbers, ...]


_WHEN = "2026, 2026-10, 2026-10-05, 2026-10-05T14:30 in UTC, or 7d for seven days ago."

_Moment = Annotated[OptionalLine, at_most(40)]


class StatsFilter(InboundMessage):
    """What numbers are asked for, as people type it; empty texts mean the usual."""

    by: GroupedBy = Field(GroupedBy.TEAM, description="What they are counted by.")
    since: _Moment = Field("", description=f"Closed from then on: {_WHEN} Else 90d.")
    until: _Moment = Field("", description=f"Closed before then: {_WHEN} Else now.")
    team: Annotated[OptionalLine, at_most(200)] = Field("", description="Only of this team.")


class StatsQuery(Message):
    """What numbers are asked for. team: only of incidents that it had in the end; empty for all."""

    by: GroupedBy = GroupedBy.TEAM
    since: Instant
    until: Instant
    team: str = ""
