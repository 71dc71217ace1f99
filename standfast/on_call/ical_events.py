"""Events of calendars: each is read and mended here, so that only what is right is expanded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import partial
from typing import NamedTuple

import icalendar

from standfast.incidents.observation import quote
from standfast.on_call.ical_lines import Component, Property, unescaped
from standfast.on_call.ical_rules import rule
from standfast.on_call.ical_values import (
    Unusable,
    as_exception,
    as_start,
    duration,
    values,
    when,
    zone_of,
)
from standfast.on_call.ical_zones import TimesWithoutZone, Zones

AROUND = timedelta(days=2)
"""The window is widened by this, for events that name no time zone."""

_EARLIEST = 1970
_DAY = timedelta(days=1)


class Occurrence(NamedTuple):
    """One occurrence; `shown` names its event to a reader, `what` is its summary in one line."""

    starts: date
    ends: date
    summary: str
    attendees: Sequence[Property]
    shown: str
    what: str


@dataclass
class Series:
    """Reads events in a window; what is wrong is told."""

    zones: Zones
    without_zone: TimesWithoutZone
    begins: datetime
    ends: datetime
    problems: list[str]

    @property
    def zone(self) -> tzinfo:
        """The zone of times without one."""
        return self.without_zone.zone


@dataclass
class Event:
    """An event that can be used.

    stops: from this occurrence on it is called off. instead_of: the occurrence that it changes.
    and_later: and all after it, alike.
    """

    component: Component
    start: date
    end: date
    rules: list[icalendar.vRecur] = field(default_factory=list)
    dates: list[date] = field(default_factory=list)
    without: list[date] = field(default_factory=list)
    stops: date | None = None
    instead_of: date | None = None
    and_later: bool = False

    def occurrence(self, starts: date, ends: date) -> Occurrence:
        summary = _summary(self.component)
        attendees = self.component.all("ATTENDEE")
        of = shown(self.component, self.start)
        return Occurrence(starts, ends, summary, attendees, of, quote(summary, 200))

    def moved_by(self, series: "Event") -> timedelta:
        """How much later than the occurrence of the series it is, by the clock on the wall."""
        if self.instead_of is None:
            return timedelta()
        return as_start(self.start, series.start, UTC) - self.instead_of

    def named(self, value: date, zone: tzinfo) -> date:
        """The occurrence that an exception or a changed instance names."""
        others = ("BYHOUR", "BYMINUTE", "BYSECOND")
        at_one_time = not self.component.all("RDATE") and not any(
            each["FREQ"][0] == "HOURLY" or any(key in each for key in others) for each in self.rules
        )
        return (as_exception if at_one_time else as_start)(value, self.start, zone)

    @property
    def recurs(self) -> bool:
        return bool(self.rules or self.dates)


def usable(
    series: Series, component: Component, so: str = "", *, recurs: bool = False
) -> Event | None:
    """The event, mended; None where it cannot be used, which is told.

    so: what follows. recurs: whether its rules and dates count, which are those of its series.
    """
    start: date | None = None
    try:
        start = _start(series, component)
        event = Event(component, start, _end(series, component, start))
        if recurs:
            _recurrence(series, event)
    except (Unusable, OverflowError, ValueError) as why:
        reason = str(why) if isinstance(why, Unusable) else "its times are out of range"
        series.problems.append(f"{shown(component, start)} cannot be used: {reason}{so}")
        return None
    return event


def _start(series: Series, component: Component) -> date:
    given = component.first("DTSTART")
    if given is None or given.params.get("VALUE", "").upper() == "PERIOD":
        raise Unusable("it has no start that can be read")
    try:
        start = when(given.value, zone_of(given, series.zones))
    except Unusable:
        raise Unusable("it has no start that can be read") from None
    if given.params.get("VALUE", "").upper() == "DATE" and _at_midnight(component):
        start = _day_of(start)
    if start.year < _EARLIEST:
        raise Unusable(f"it starts before {_EARLIEST}")
    unknown = given.params.get("TZID") or series.without_zone.unknown
    if unknown and isinstance(start, datetime) and start.tzinfo is None:
        series.problems.append(
            f"{shown(component, start)}: no time zone {quote(unknown, 60)!r};"
            f" read in {series.without_zone.name}"
        )
    return start


def _at_midnight(component: Component) -> bool:
    """Whether it begins and ends at midnight by what is written, or has no times at all."""
    for name in ("DTSTART", "DTEND"):
        written = component.text(name).upper().partition("T")[2]
        if written.strip("0:Z"):
            return False
    return True


def _day_of(start: date) -> date:
    return start.date() if isinstance(start, datetime) else start


def _end(series: Series, component: Component, start: date) -> date:
    given, lasting = component.first("DTEND"), component.first("DURATION")
    if given is not None:
        try:
            end = _as_end(when(given.value, zone_of(given, series.zones)), start, series.zone)
        except Unusable as why:
            if lasting is None:
                raise Unusable(f"its DTEND cannot be read: {why}") from None
        else:
            if not isinstance(start, datetime) and end == start:
                return start + _DAY  # some programs write the last day, not the one after it
            return _in_order(start, end)
    if lasting is not None:
        try:
            return _in_order(start, start + duration(lasting.value))
        except Unusable as why:
            raise Unusable(f"its DURATION cannot be read: {why}") from None
    if isinstance(start, datetime):
        raise Unusable("it has neither an end nor a duration")
    return start + _DAY


def _as_end(end: date, start: date, zone: tzinfo) -> date:
    if isinstance(start, datetime) and not isinstance(end, datetime):
        return datetime.combine(end, time(), start.tzinfo)
    return as_start(end, start, zone)


def _in_order(start: date, end: date) -> date:
    # By the clock on the wall, which both have the same of: a day that a zone skipped is no error.
    if not start < end:
        raise Unusable("it does not end after its start")
    return end


def _recurrence(series: Series, event: Event) -> None:
    """Read the rules, dates and exceptions of an event; one that cannot be read is told."""
    component, start, zone = event.component, event.start, series.zone
    of = shown(component, start)
    for given in component.all("RRULE"):
        if not given.value.strip():
            continue
        try:
            day_in, last = series.without_zone.of_calendar, series.ends + AROUND
            event.rules.append(rule(given.value, start, zone, last, day_in))
        except (Unusable, OverflowError) as why:
            series.problems.append(f"{of}: {why}; it counts once, as if it did not recur")
    if component.all("EXRULE"):
        series.problems.append(f"{of}: its EXRULE is not looked at; nothing is left out for it")
    for given in component.all("EXDATE"):
        event.without += _moments(series, event, given, "nothing is left out for it")
    for given in component.all("RDATE"):
        if not _has_periods(given):
            event.dates += _moments(series, event, given, "it is left out")


def _moments(series: Series, event: Event, given: Property, so: str) -> Iterator[date]:
    for value in filter(None, values(given)):
        try:
            read = when(value, zone_of(given, series.zones))
            is_exception = given.name == "EXDATE"
            read_as = event.named if is_exception else partial(as_start, start=event.start)
            yield read_as(read, zone=series.zone)
        except (Unusable, OverflowError) as why:
            of = shown(event.component, event.start)
            series.problems.append(f"{of}: its {given.name} cannot be read: {why}; {so}")


def _has_periods(given: Property) -> bool:
    return given.params.get("VALUE", "").upper() == "PERIOD" or "/" in given.value


def periods(series: Series, event: Event) -> Iterator[Event]:
    """The occurrences of a series that have an end of their own: RDATE as PERIOD."""
    for given in event.component.all("RDATE"):
        for value in filter(None, values(given) if _has_periods(given) else ()):
            first, _, last = value.partition("/")
            zone = zone_of(given, series.zones)
            try:
                start = as_start(when(first, zone), event.start, series.zone)
                is_duration = last.strip().upper().startswith(("P", "+P", "-P"))
                end = start + duration(last) if is_duration else when(last, zone)
                end = _in_order(start, _as_end(end, start, series.zone))
            except (Unusable, OverflowError) as why:
                of = shown(event.component, event.start)
                series.problems.append(f"{of}: its RDATE cannot be read: {why}")
                continue
            if start not in event.without:
                yield Event(event.component, start, end)


def _summary(component: Component) -> str:
    given = component.first("SUMMARY")
    return unescaped(given.value) if given else ""


def shown(component: Component, start: date | None = None) -> str:
    """An event, to a reader."""
    summary = quote(_summary(component), 60)
    of = f" of {start:%Y-%m-%d}" if start else f" of line {component.line}"
    return f"the event {summary!r}{of}" if summary else f"an event without a summary{of}"
