"""Calendars: reads the shifts from iCalendar text.

Whatever is wrong with a line, an event or an instance costs only that, and is said.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import NamedTuple

from standfast.incidents.observation import quote
from standfast.incidents.schedule import Shift
from standfast.on_call.ical_events import Occurrence, Series, shown
from standfast.on_call.ical_lines import Component, read_text
from standfast.on_call.ical_people import People
from standfast.on_call.ical_series import occurrences
from standfast.on_call.ical_zones import TimesWithoutZone, Zones
from standfast.on_call.pace import AS_LONG_AS_IT_TAKES, Pace, TakesTooLong
from standfast.time.working_time import arrives

LARGEST = 5_000_000
"""Bytes of a calendar; some 15,000 events."""

MOST_SHIFTS = 20_000
_MOST_OF_ONE = 5_000
"""Of all events, and of those with one id, in one window."""

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
    pace: Pace = AS_LONG_AS_IT_TAKES,
) -> Found:
    """The shifts of a team's tier that are not over at `begins` and have begun before `ends`.

    people: each key of the policy with the person's full name; a summary names either, upper and
        lower case alike, several separated by commas.
    zone: of whole days, which begin and end at its midnight, and of times that have none, where the
        calendar says nothing of it; empty where the tier has no zone of its own.
    addresses: each key with the mail addresses by which a calendar may name the person.
    pace: what takes longer is left out.
    """
    known = People(people, addresses or {})
    reading = _Reading(calendar, known, team, tier, zone, begins, ends, pace)
    found: list[Shift] = []
    # What takes time comes last, so that it costs nothing else.
    waiting = sorted(calendar.series.values(), key=_recurs)
    for number, events in enumerate(waiting):
        why = "there is no more time" if pace.is_over else ""
        if len(found) >= MOST_SHIFTS:
            why = f"there are {MOST_SHIFTS} shifts already"
        if why:
            left = sum(map(len, waiting[number:]))
            reading.problems.append(
                f"{left} events are left out, from {shown(events[0])} on: {why}"
            )
            break
        found += reading.shifts(events)
    found.sort(key=lambda shift: (shift.starts, shift.ends, shift.people))
    problems = list(dict.fromkeys([*calendar.leftovers, *reading.problems]))
    if len(problems) > _MOST_PROBLEMS:
        problems[_MOST_PROBLEMS:] = [f"and {len(problems) - _MOST_PROBLEMS} more like these"]
    return Found(tuple(found), tuple(problems))


def _recurs(events: Sequence[Component]) -> bool:
    return any(each.first("RRULE") for each in events)


@dataclass
class _Reading:
    """One reading of a calendar's events for one tier and window."""

    calendar: Calendar
    people: People
    team: str
    tier: str
    zone: str
    begins: datetime
    ends: datetime
    pace: Pace
    problems: list[str] = field(default_factory=list)

    def shifts(self, events: Sequence[Component]) -> list[Shift]:
        """The shifts of the events with one UID in the window; none where they take too long."""
        without_zone = self.calendar.zones.without_zone(events[0], self.zone)
        problems: list[str] = []
        series = Series(self.calendar.zones, without_zone, self.begins, self.ends, problems)
        try:
            with self.pace.kept():
                found = [*islice(occurrences(series, events), _MOST_OF_ONE + 1)]
                made = [
                    shift
                    for each in found[:_MOST_OF_ONE]
                    for shift in self._shift(each, without_zone)
                ]
        except TakesTooLong:
            self.problems.append(f"{shown(events[0])} is left out: it takes too long to evaluate")
            return []
        except Exception as error:
            # Of libraries that were never meant for such input: it costs these events alone.
            why = quote(str(error), 100) or "no reason given"
            self.problems.append(
                f"{shown(events[0])} cannot be used: {type(error).__name__}: {why}"
            )
            return []
        self.problems += problems
        if len(found) > _MOST_OF_ONE:
            self.problems.append(f"{shown(events[0])}: only its first {_MOST_OF_ONE} shifts count")
        return made

    def _shift(self, occurrence: Occurrence, without_zone: TimesWithoutZone) -> Iterator[Shift]:
        starts = _moment(occurrence.starts, without_zone)
        ends = _moment(occurrence.ends, without_zone)
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


def _moment(at: date, without_zone: TimesWithoutZone) -> datetime:
    """In UTC; of a date its midnight."""
    if not isinstance(at, datetime):
        return arrives(at, time(), without_zone.days)
    if at.tzinfo is None:
        return arrives(at.date(), at.time(), without_zone.zone)
    return at.astimezone(UTC)
