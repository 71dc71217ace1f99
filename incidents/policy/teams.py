"""People, teams, their tiers and weekly rotations: the escalation ladder."""

from datetime import date, time
from typing import Annotated

from pydantic import Field

from incidents.message import Line, Name, at_most
from incidents.policy.section import Key, Section
from incidents.wall_clock import TimeZone, Weekday

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
