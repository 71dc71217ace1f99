"""Turns of a rotation: whose it is, and when it changes hands by the clock on the wall."""

from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from standfast.policy.schedules import DAY, Rotation
from standfast.time.working_time import arrives


class Turn(NamedTuple):
    """One turn: `number` counts from the one of `starts`, negative before it.

    `begins` and `until`, both in the rotation's zone, are the hand-offs around it.
    """

    number: int
    begins: datetime
    until: datetime


def turn(rotation: Rotation, at: datetime) -> Turn:
    """The turn that holds `at`. A moment at hand-off already belongs to the new turn.

    Compared as moments, never as wall clock times: an hour that summer time repeats must not hand
    the pager back. A turn of which the clock shows no time at all, for the zone left out that day,
    is nobody's.
    """
    at, zone = at.astimezone(UTC), ZoneInfo(rotation.time_zone)
    # Turns that begin up to a day later than the wall says are tried first: where the clock is put
    # back over midnight, the date is yesterday's again after the hand-off.
    latest = at.astimezone(zone).replace(tzinfo=None) + DAY
    number = (latest - rotation.first_hand_off) // rotation.every
    while (begins := _hand_off(rotation, number)) > at:
        number -= 1
    until = _hand_off(rotation, number + 1)
    return Turn(number, begins.astimezone(zone), until.astimezone(zone))


def order(rotation: Rotation, number: int) -> tuple[str, ...]:
    """Everybody of the rotation, each once: whose turn has that number, then whose is next."""
    people = rotation.people
    first = number % len(people)
    return tuple(dict.fromkeys(people[first:] + people[:first]))


def _hand_off(rotation: Rotation, number: int) -> datetime:
    """The moment at which a turn begins, in UTC."""
    wall = rotation.first_hand_off + number * rotation.every
    return arrives(wall.date(), wall.time(), ZoneInfo(rotation.time_zone))
