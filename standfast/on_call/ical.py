"""Calendars: reads the shifts from iCalendar text."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import icalendar
from icalendar import Event
from recurring_ical_events import CalendarQuery

from standfast.incidents.observation import quote
from standfast.incidents.schedule import Shift
from standfast.time.working_time import arrives

LARGEST = 5_000_000
"""Bytes of a calendar; some 15,000 events."""

MOST_EVENTS = 10_000
MOST_SHIFTS = 20_000
"""In one window."""

_MOST_PROBLEMS = 20
_EARLIEST = 1970
_AROUND = timedelta(days=2)
"""The window is widened by this, for events that name no time zone."""

_NEEDED = ("DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
_FREQUENCIES = ("HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")


class BadCalendar(ValueError):  # noqa: N818 - a state of the world
    """The calendar cannot say who is on call; the text says why."""


@dataclass(frozen=True)
class Calendar:
    """A calendar's events by their series: one with its rules, exceptions and changed instances."""

    series: Mapping[str, Sequence[Event]]


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
    try:
        found = icalendar.Calendar.from_ical(content.decode("utf-8-sig"), multiple=True)
        events = [event for each in found for event in each.walk("VEVENT")]
    except UnicodeDecodeError as error:
        raise BadCalendar("it is not UTF-8") from error
    except Exception as error:
        # The library raises errors of many kinds; any of them means that this is no calendar.
        raise BadCalendar(f"it is no iCalendar: {quote(str(error), 200)}") from error
    if not all(each.name == "VCALENDAR" for each in found):
        raise BadCalendar("it is no iCalendar: it does not begin with BEGIN:VCALENDAR")
    if not found:
        raise BadCalendar("it is no iCalendar, or cut off: there is no END:VCALENDAR")
    if not events:
        raise BadCalendar("it holds no event")
    if len(events) > MOST_EVENTS:
        raise BadCalendar(f"it holds more than {MOST_EVENTS} events")
    series: dict[str, list[Event]] = {}
    for number, event in enumerate(events):
        series.setdefault(str(event.get("UID") or f"without id, {number}"), []).append(event)
    return Calendar(series)


def shifts(
    calendar: Calendar,
    people: Mapping[str, str],
    *,
    team: str,
    tier: str,
    zone: str,
    begins: datetime,
    ends: datetime,
) -> Found:
    """The shifts of a team's tier that are not over at `begins` and have begun before `ends`.

    people: each key of the policy with the person's full name; a summary names either, upper and
        lower case alike, several separated by commas.
    zone: of events that name none, and of whole days, which begin and end at its midnight.

    Raises:
        BadCalendar: there are more of them than any team has.
    """
    reading = _Reading(_names(people), team, tier, ZoneInfo(zone), begins, ends)
    found: list[Shift] = []
    for events in calendar.series.values():
        found += reading.shifts(events)
        if len(found) > MOST_SHIFTS:
            raise BadCalendar(f"it holds more than {MOST_SHIFTS} shifts from {begins} to {ends}")
    found.sort(key=lambda shift: (shift.starts, shift.ends, shift.people))
    problems = list(dict.fromkeys(reading.problems))
    if len(problems) > _MOST_PROBLEMS:
        problems[_MOST_PROBLEMS:] = [f"and {len(problems) - _MOST_PROBLEMS} more like these"]
    return Found(tuple(found), tuple(problems))


def _names(people: Mapping[str, str]) -> dict[str, set[str]]:
    """The people that each name may mean. A key wins over a full name with the same spelling."""
    names: dict[str, set[str]] = {}
    for key, name in people.items():
        names.setdefault(_folded(name), set()).add(key)
    return names | {_folded(key): {key} for key in people}


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


class _Unusable(Exception):  # noqa: N818
    """An event cannot be used; says why."""


@dataclass
class _Reading:
    """One reading of a calendar's events for one tier and window."""

    names: Mapping[str, set[str]]
    team: str
    tier: str
    zone: ZoneInfo
    begins: datetime
    ends: datetime

    def __post_init__(self) -> None:
        self.problems: list[str] = []

    def shifts(self, events: Sequence[Event]) -> Iterator[Shift]:
        """The shifts of one series in the window."""
        try:
            for event in events:
                self._usable(event)
            whole = icalendar.Calendar()
            for event in events:
                whole.add_component(event)
            query = CalendarQuery(whole)
            occurrences = query.between(self.begins - _AROUND, self.ends + _AROUND)
        except _Unusable as why:
            self.problems.append(f"{_shown(events[0])} cannot be used: {why}")
            return
        except Exception as error:
            # The library raises errors of many kinds; an event that it cannot read is left out.
            reason = quote(str(error), 200) or type(error).__name__
            self.problems.append(f"{_shown(events[0])} cannot be used: {reason}")
            return
        for occurrence in occurrences:
            yield from self._shift(occurrence)

    def _usable(self, event: Event) -> None:
        start = _start(event)
        if start is None:
            raise _Unusable("it has no start that can be read")
        if start.year < _EARLIEST:
            raise _Unusable(f"it starts before {_EARLIEST}")
        for name, why in event.errors:
            if name in _NEEDED:
                raise _Unusable(f"its {name} cannot be read: {quote(str(why), 100)}")
        if "DTEND" in event:
            if not self._in_order(start, event["DTEND"].dt):
                raise _Unusable("it does not end after its start")
        elif "DURATION" not in event and isinstance(start, datetime):
            raise _Unusable("it has neither an end nor a duration")
        zone = event["DTSTART"].params.get("TZID")
        if zone and isinstance(start, datetime) and start.tzinfo is None:
            self.problems.append(
                f"{_shown(event)}: no time zone {str(zone)!r}; read in {self.zone.key}"
            )
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            _check_frequency(rule)

    def _shift(self, occurrence: Event) -> Iterator[Shift]:
        if str(occurrence.get("STATUS", "")).upper() == "CANCELLED":
            return
        starts, ends = (self._moment(occurrence[edge].dt) for edge in ("DTSTART", "DTEND"))
        if not (starts < self.ends and ends > self.begins and starts < ends):
            return
        people = self._people(occurrence)
        if people:
            what = quote(str(occurrence.get("SUMMARY", "")), 200)
            yield Shift(
                team=self.team, tier=self.tier, people=people, starts=starts, ends=ends, what=what
            )

    def _people(self, occurrence: Event) -> tuple[str, ...]:
        named = [name.strip() for name in str(occurrence.get("SUMMARY", "")).split(",")]
        people: list[str] = []
        for name in filter(None, named):
            meant = sorted(self.names.get(_folded(name), ()))
            if len(meant) == 1:
                people += meant
            elif meant:
                self.problems.append(f"{quote(name, 60)!r} may be {' or '.join(meant)}")
            else:
                self.problems.append(f"no person {quote(name, 60)!r}")
        if not any(named):
            self.problems.append(f"{_shown(occurrence)} names nobody")
        return tuple(dict.fromkeys(people))

    def _in_order(self, start: date, end: date) -> bool:
        # By the wall clock, if both have the same one: a day that a zone skipped is no error.
        if type(start) is type(end) and getattr(start, "tzinfo", 1) is getattr(end, "tzinfo", 1):
            return start < end
        return self._moment(start) < self._moment(end)

    def _moment(self, at: date) -> datetime:
        """In UTC. What comes without a zone is read in the tier's, a date as its midnight."""
        if not isinstance(at, datetime):
            return arrives(at, time(), self.zone)
        if at.tzinfo is None:
            return arrives(at.date(), at.time(), self.zone)
        return at.astimezone(UTC)


def _check_frequency(rule: icalendar.vRecur) -> None:
    """Refuse rules that no shift has, and that would take too long to evaluate."""
    frequency = str((rule.get("FREQ") or [""])[0]).upper()
    if frequency not in _FREQUENCIES:
        raise _Unusable(f"it recurs {frequency.lower() or 'in no way that is known'}")
    if any(interval < 1 for interval in rule.get("INTERVAL", [1])):
        raise _Unusable("it recurs with an interval of less than one")


def _start(event: Event) -> date | None:
    start = getattr(event.get("DTSTART"), "dt", None)
    return start if isinstance(start, date) else None


def _shown(event: Event) -> str:
    summary, start = quote(str(event.get("SUMMARY", "")), 60), _start(event)
    when = f" of {start:%Y-%m-%d}" if start else ""
    return f"the event {summary!r}{when}" if summary else f"an event without a summary{when}"
