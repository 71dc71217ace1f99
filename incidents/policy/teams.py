"""People, teams, their tiers and weekly rotations: the escalation ladder."""

from datetime import date, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from incidents.message import Line, Name, at_most
from incidents.policy.section import Key, Section


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(f"no time zone {name!r}; write one like Europe/Berlin") from unknown
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

ChannelUrl = Annotated[Line, at_most(2_000)]
"""An Apprise URL, or `secret:NAME`: the URL is then the worker's variable STANDFAST_SECRET_NAME."""


class Person(Section):
    """A responder and where they are reached, in the order to try."""

    name: Name
    channels: tuple[ChannelUrl, ...] = Field(min_length=1)


class Rotation(Section):
    """Whose week it is. The first of `people` has the week that contains `starts`."""

    people: tuple[Key, ...] = Field(min_length=1)
    starts: date = date(2026, 1, 5)
    hand_off: Weekday = "monday"
    at: time = time(9, 0)
    time_zone: TimeZone = "UTC"


class Tier(Section):
    """One rung of a team's ladder."""

    name: Name
    rotation: Rotation


class Team(Section):
    """A support team; `tiers` are its ladder from first line to vendor."""

    title: Name
    tiers: tuple[Tier, ...] = Field(min_length=1)
