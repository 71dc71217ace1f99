"""Calendars: reads the shifts from iCalendar text.

Whatever is wrong with a line, an event or an instance costs only that, and is said.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from standfast.incidents.schedule import Shift
from standfast.on_call.ical_lines import Component, read_text
from standfast.on_call.ical_people import People
from standfast.on_call.ical_series import Occurrence, Series, occurrences
from standfast.on_call.ical_zones import Zones
from standfast.time.working_time import arrives

LARGEST = 5_000_000
"""Bytes of a calendar; some 15,000 events."""

MOST_EVENTS = 10_000
MOST_SHIFTS = 20_000
"""In one window."""

_MOST_PROBLEMS = 20


class BadCalendar(ValueError):  # noqa: N818 - a state of the world
    """The calendar cannot say who is on call; the text says why."""


@dataclass(frozen=True)
class Calendar:
    """A calendar's events by their UID, each with its changed instances.

    cut_off: the text stops before the calendar ends. leftovers: what could not be read of it.
    """

    series: Mapping[str, Sequence[Component]]
    zones: Zones
    cut_off: bool = False
    leftovers: tuple[str, ...] = ()


class Found(NamedTuple):
    """The shifts of a window, in the order of their starts, and what could not be understood."""

    shifts: tuple[Shift, ...]
    problems: tuple[str, ...]


def read(content: bytes) -> Calendar:
    """The calendar in `content`.

    Raises:
        BadCalendar: it is none, too large, or holds no event at all.
    """
    if len(content) > LARGEST:
        raise BadCalendar(f"it is larger than {LARGEST // 1_000_000} MB")
    text = read_text(content)
    if not text.events:
        raise BadCalendar(_why_empty(text.calendars, text.ended, text.others))
    if len(text.events) > MOST_EVENTS:
        raise BadCalendar(f"it holds more than {MOST_EVENTS} events")
    series: dict[str, list[Component]] = {}
    for number, event in enumerate(text.events):
        uid = event.first("UID")
        key = uid.value.strip() if uid else f"without id, {number}"
        series.setdefault(key, []).append(event)
    leftovers = [*text.leftovers]
    for event in text.events:
        leftovers += event.leftovers
    return Calendar(series, Zones(text.zones), not text.ended, tuple(leftovers))


def _why_empty(calendars: int, ended: bool, others: set[str]) -> str:
    if not calendars:
        return "it is no iCalendar, or cut off: there is no BEGIN:VCALENDAR"
    if not ended:
        return "it is cut off: there is no whole event and no END:VCALENDAR"
    if "VFREEBUSY" in others:
        return "it holds no event, only times that are free or busy, which name nobody"
    return "it holds no event"


def shifts(
    calendar: Calendar,
    people: Mapping[str, str],
    *,
    team: str,
    tier: str,
    zone: str,
    begins: datetime,
    ends: datetime,
    addresses: Mapping[str, Sequence[str]] | None = None,
) -> Found:
    """The shifts of a team's tier that are not over at `begins` and have begun before `ends`.

    people: each key of the policy with the person's full name; a summary names either, upper and
        lower case alike, several separated by commas.
    zone: of events that name none, and of whole days, which begin and end at its midnight.
    addresses: each key with the mail addresses by which a calendar may name the person.

    Raises:
        BadCalendar: there are more of them than any team has.
    """
    known = People(people, addresses or {})
    reading = _Reading(calendar, known, team, tier, ZoneInfo(zone), begins, ends)
    found: list[Shift] = []
    for events in calendar.series.values():
        found += reading.shifts(events)
        if len(found) > MOST_SHIFTS:
            raise BadCalendar(f"it holds more than {MOST_SHIFTS} shifts from {begins} to {ends}")
    found.sort(key=lambda shift: (shift.starts, shift.ends, shift.people))
    problems = list(dict.fromkeys([*calendar.leftovers, *reading.problems]))
    if len(problems) > _MOST_PROBLEMS:
        problems[_MOST_PROBLEMS:] = [f"and {len(problems) - _MOST_PROBLEMS} more like these"]
    return Found(tuple(found), tuple(problems))


@dataclass
class _Reading:
    """One reading of a calendar's events for one tier and window."""

    calendar: Calendar
    people: People
    team: str
    tier: str
    zone: ZoneInfo
    begins: datetime
    ends: datetime
    problems: list[str] = field(default_factory=list)

    def shifts(self, events: Sequence[Component]) -> Iterator[Shift]:
        """The shifts of the events with one UID in the window."""
        series = Series(self.calendar.zones, self.zone, self.begins, self.ends, self.problems)
        for occurrence in occurrences(series, events):
            yield from self._shift(occurrence)

    def _shift(self, occurrence: Occurrence) -> Iterator[Shift]:
        starts, ends = (self._moment(each) for each in (occurrence.starts, occurrence.ends))
        if not (starts < self.ends and ends > self.begins and starts < ends):
            return
        named = self.people.named(occurrence.summary, occurrence.attendees, occurrence.shown)
        self.problems += named.problems
        if named.people:
            yield Shift(
                team=self.team,
                tier=self.tier,
                people=named.people,
                starts=starts,
                ends=ends,
                what=occurrence.what,
            )

    def _moment(self, at: date) -> datetime:
        """In UTC. What comes without a zone is read in the tier's, a date as its midnight."""
        if not isinstance(at, datetime):
            return arrives(at, time(), self.zone)
        if at.tzinfo is None:
            return arrives(at.date(), at.time(), self.zone)
        return at.astimezone(UTC)
