"""Whose week it is: weekly rotations that hand off by the clock on the wall."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from incidents.policy.teams import Rotation
from incidents.wall_clock import WEEKDAYS

_WEEK = timedelta(weeks=1)


class Week(NamedTuple):
    """One turn: `number` counts from the week of `starts`, negative before it.

    `begins` and `until`, both in the rotation's zone, are the hand-offs around it.
    """

    number: int
    begins: datetime
    until: datetime


def on_call(rotation: Rotation, at: datetime) -> tuple[str, ...]:
    """Everybody of the rotation, each once: who is on call at `at`, then whose turn is next."""
    people = rotation.people
    turn = week_of(rotation, at).number % len(people)
    return tuple(dict.fromkeys(people[turn:] + people[:turn]))


def week_of(rotation: Rotation, at: datetime) -> Week:
    """The week that holds `at`. A moment at hand-off already belongs to the new week.

    Compared as moments, never as wall clock times: an hour that summer time repeats must not hand
    the pager back.
    """
    zone = ZoneInfo(rotation.time_zone)
    first = _last_hand_off_day(rotation, rotation.starts)
    # One week later than the local date says is tried first: where the clock is put back over
    # midnight, the date is yesterday's again after the hand-off.
    day = _last_hand_off_day(rotation, at.astimezone(zone).date()) + _WEEK
    while (begins := _hand_off(rotation, day)) > at.astimezone(UTC):
        day -= _WEEK
    until = _hand_off(rotation, day + _WEEK)
    return Week((day - first) // _WEEK, begins.astimezone(zone), until.astimezone(zone))


def _last_hand_off_day(rotation: Rotation, day: date) -> date:
    """The hand-off day on or before `day`."""
    return day - timedelta(days=(day.weekday() - WEEKDAYS.index(rotation.hand_off)) % 7)


def _hand_off(rotation: Rotation, day: date) -> datetime:
    """The moment of hand-off on `day`, in UTC: the first of two in a repeated hour, and in an hour
    that is skipped, as much later as the clock was put forward.
    """
    wall_clock = datetime.combine(day, rotation.at, tzinfo=ZoneInfo(rotation.time_zone))
    return wall_clock.replace(fold=0).astimezone(UTC)
