"""Turns of a rotation: whose it is, and when it changes hands by the clock on the wall."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from standfast.policy.duties import Duties, parts_of
from standfast.policy.schedules import DAY, Rotation
from standfast.time.working_time import arrives


class Turn(NamedTuple):
    """One turn: `number` counts from the one of `starts`, negative before it.

    `begins` and `until`, both in the rotation's zone, are the hand-offs around it: it begins where
    the last duty of the turn before ends, and lasts until its own last duty ends.
    """

    number: int
    begins: datetime
    until: datetime


def turn(rotation: Rotation, at: datetime, duties: Duties | None = None) -> Turn:
    """The turn that holds `at`. A moment at hand-off already belongs to the new turn.

    duties: which parts of the rotation count; without it every one.

    Compared as moments, never as wall clock times: an hour that summer time repeats must not hand
    the pager back. A turn of which the clock shows no time at all, for the zone left out that day,
    is nobody's.
    """
    at, zone = at.astimezone(UTC), ZoneInfo(rotation.time_zone)
    # Turns that begin up to a day later than the wall says are tried first: where the clock is put
    # back over midnight, the date is yesterday's again after the hand-off.
    latest = at.astimezone(zone).replace(tzinfo=None) + DAY
    counted = duties or Duties(*parts_of(rotation.every))
    part = (latest - rotation.first_hand_off) // counted.part
    while _hand_off(rotation, part * counted.part) > at:
        part -= 1
    number = counted.of(part) // counted.per_turn
    first, following = number * counted.per_turn, (number + 1) * counted.per_turn
    begins, until = (
        _hand_off(rotation, (counted.last_part(duty - 1) + 1) * counted.part)
        for duty in (first, following)
    )
    return Turn(number, begins.astimezone(zone), until.astimezone(zone))


def order(rotation: Rotation, number: int) -> tuple[str, ...]:
    """Everybody of the rotation, each once: whose turn has that number, then whose is next."""
    people = rotation.people
    first = number % len(people)
    return tuple(dict.fromkeys(people[first:] + people[:first]))


def _hand_off(rotation: Rotation, after: timedelta) -> datetime:
    """The moment, in UTC, so long after the first hand-off by the clock on the wall."""
    wall = rotation.first_hand_off + after
    return arrives(wall.date(), wall.time(), ZoneInfo(rotation.time_zone))
