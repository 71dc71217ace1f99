"""The occurrences of calendar events: series with their rules, exceptions and changed instances.

The events are read and mended here, so that the library that expands them sees only what is right.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import partial
from typing import NamedTuple

import icalendar
from recurring_ical_events import CalendarQuery

from standfast.incidents.observation import quote
from standfast.on_call.ical_lines import Component, Property, unescaped
from standfast.on_call.ical_rules import moved_up, rule
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
from standfast.on_call.pace import TakesTooLong

_EARLIEST = 1970
_DAY = timedelta(days=1)
_AROUND = 2 * _DAY
"""The window is widened by this, for events that name no time zone."""


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
class _Event:
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

    def moved_by(self, series: "_Event") -> timedelta:
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


def occurrences(series: Series, events: Sequence[Component]) -> Iterator[Occurrence]:
    """The occurrences of the events with one UID, in about the window."""
    masters = _latest([each for each in events if not each.all("RECURRENCE-ID")])
    instances = [each for each in events if each.all("RECURRENCE-ID")]
    if any(_cancelled(each) and not each.text("DTSTART") for each in masters):
        return  # called off as a whole
    read: list[_Event] = []
    for master in masters:
        if _cancelled(master):
            instances = []
        elif (event := _usable(series, master)) is not None:
            read += [event, *_periods(series, event)]
    of = next((each for each in read if each.recurs), read[-1] if read else None)
    for event in read:
        changed = _changed(series, event, instances) if event is of else []
        yield from _expanded(series, event, changed)
    if of is None:
        yield from _detached(series, instances)


def _detached(series: Series, instances: Sequence[Component]) -> Iterator[Occurrence]:
    """Instances whose series is not in the calendar, each as an event of its own."""
    for instance in _newest(instances, lambda each: each.text("RECURRENCE-ID")):
        if (
            not _cancelled(instance)
            and (event := _usable(series, instance, alone=True)) is not None
        ):
            for each in (event, *_periods(series, event)):
                yield from _expanded(series, each, [])


def _changed(series: Series, of: _Event, instances: Sequence[Component]) -> list[_Event]:
    """The changed instances of a series. Where one cannot be used its occurrence is left out."""
    changed: list[_Event] = []
    for instance in _newest(instances, lambda each: each.text("RECURRENCE-ID")):
        given = instance.all("RECURRENCE-ID")[0]
        try:
            named = when(given.value, zone_of(given, series.zones))
            instead_of = of.named(named, series.zone)
        except (Unusable, OverflowError) as why:
            series.problems.append(
                f"{shown(instance, None)} cannot be used: which occurrence it changes cannot be"
                f" read: {why}"
            )
            continue
        and_later = given.params.get("RANGE", "").upper() == "THISANDFUTURE"
        if _cancelled(instance):
            of.without.append(instead_of)
            if and_later:
                of.stops = min(instead_of, of.stops or instead_of, key=_at)
            continue
        left_out = f"; the occurrence of {instead_of:%Y-%m-%d} that it changes is left out"
        event = _usable(series, instance, left_out)
        if event is None:
            of.without.append(instead_of)
            continue
        event.instead_of = instead_of
        event.and_later = and_later
        changed.append(event)
    return changed


def _expanded(series: Series, event: _Event, changed: Sequence[_Event]) -> Iterator[Occurrence]:
    """Its occurrences and the changed ones. The library knows only of the rules and dates: it takes
    an exception for several where shifts are as far apart as the zone is from UTC.
    """
    without = {_at(each) for each in event.without}
    ranges: list[tuple[date, _Event]] = []
    for each in changed:
        if each.instead_of is not None:
            without.add(_at(each.instead_of))
            ranges += [(_at(each.instead_of), each)] if each.and_later else []
        yield each.occurrence(each.start, each.end)
    ranges.sort(key=lambda each: each[0])
    around = _AROUND + max((abs(of.moved_by(event)) for _, of in ranges), default=timedelta())
    for starts, ends in _times(series, event, around):
        at = _at(starts)
        if at in without or (event.stops is not None and at >= _at(event.stops)):
            continue
        of = next((each for since, each in reversed(ranges) if since <= at), None)
        if of is None:
            yield event.occurrence(starts, ends)
        else:
            moved = starts + of.moved_by(event)
            yield of.occurrence(moved, moved + (of.end - of.start))


def _at(moment: date) -> date:
    """Fit to be compared; in UTC where it has a zone."""
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return moment.astimezone(UTC)
    return moment


def _times(series: Series, event: _Event, around: timedelta) -> Iterator[tuple[date, date]]:
    """When it starts and ends, each time in about the window; exceptions do not count here."""
    if not event.recurs:
        yield event.start, event.end
        return
    begins, ends = series.begins - around, series.ends + around
    whole = icalendar.Calendar()
    whole.add_component(_for_the_library(_later(event, begins)))
    try:
        with warnings.catch_warnings():
            # A rule may have COUNT, and it always has the end of the window as UNTIL.
            warnings.simplefilter("ignore", DeprecationWarning)
            found = CalendarQuery(whole).between(begins, ends)
    except TakesTooLong:
        raise
    except Exception as error:
        # The library raises errors of many kinds; a series that it cannot expand is left out.
        reason = quote(str(error), 200) or type(error).__name__
        series.problems.append(f"{shown(event.component, event.start)} cannot be used: {reason}")
        return
    for occurrence in found:
        yield occurrence["DTSTART"].dt, occurrence["DTEND"].dt


def _later(event: _Event, begins: datetime) -> _Event:
    """The same event from shortly before the window on, where it began long ago."""
    if len(event.rules) != 1:
        return event
    by, left_out = moved_up(event.rules[0], event.start, begins - (event.end - event.start))
    if not by:
        return event
    made = icalendar.vRecur(event.rules[0])
    if left_out and "COUNT" in made:
        made["COUNT"] = [made["COUNT"][0] - left_out]
    return replace(event, start=event.start + by, end=event.end + by, rules=[made])


def _for_the_library(event: _Event) -> icalendar.Event:
    made = icalendar.Event()
    made.add("UID", "series")
    made.add("DTSTART", event.start)
    made.add("DTEND", event.end)
    for each in event.rules:
        made.add("RRULE", each)
    if event.dates:
        made.add("RDATE", event.dates)
    return made


def _usable(
    series: Series, component: Component, so: str = "", *, alone: bool = False
) -> _Event | None:
    """The event, mended; None where it cannot be used, which is told.

    so: what follows. alone: a changed instance whose series is not there.
    """
    start: date | None = None
    try:
        start = _start(series, component)
        event = _Event(component, start, _end(series, component, start))
        if alone or not component.all("RECURRENCE-ID"):
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


def _recurrence(series: Series, event: _Event) -> None:
    """Read the rules, dates and exceptions of an event; one that cannot be read is told."""
    component, start, zone = event.component, event.start, series.zone
    of = shown(component, start)
    for given in component.all("RRULE"):
        if not given.value.strip():
            continue
        try:
            day_in, last = series.without_zone.of_calendar, series.ends + _AROUND
            event.rules.append(rule(given.value, start, zone, last, day_in))
        except (Unusable, OverflowError) as why:
            series.problems.append(f"{of}: {why}; it counts once, as if it did not recur")
    for given in component.all("EXDATE"):
        event.without += _moments(series, event, given, "nothing is left out for it")
    for given in component.all("RDATE"):
        if not _has_periods(given):
            event.dates += _moments(series, event, given, "it is left out")


def _moments(series: Series, event: _Event, given: Property, so: str) -> Iterator[date]:
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


def _periods(series: Series, event: _Event) -> Iterator[_Event]:
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
                yield _Event(event.component, start, end)


def _latest(masters: Sequence[Component]) -> list[Component]:
    """Of several events with one UID those of the last revision.

    Revisions that are equal and start at different times are events of their own: some programs
    give all of theirs one UID.
    """
    newest = max(map(_sequence, masters), default=0)
    current = [each for each in masters if _sequence(each) == newest]
    return _newest(current, lambda each: each.text("DTSTART"))


def _newest(components: Sequence[Component], key: Callable[[Component], str]) -> list[Component]:
    """For each key the one of the last revision; of equal ones the last in the file."""
    chosen: dict[str, Component] = {}
    for each in components:
        old = chosen.get(key(each))
        if old is None or _sequence(each) >= _sequence(old):
            chosen[key(each)] = each
    return list(chosen.values())


def _sequence(component: Component) -> int:
    text = component.text("SEQUENCE")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _cancelled(component: Component) -> bool:
    """Called off, or in a calendar that calls off all that is in it."""
    method = component.within.text("METHOD") if component.within else ""
    return component.text("STATUS").upper() == "CANCELLED" or method.upper() == "CANCEL"


def _summary(component: Component) -> str:
    given = component.first("SUMMARY")
    return unescaped(given.value) if given else ""


def shown(component: Component, start: date | None = None) -> str:
    """An event, to a reader."""
    summary = quote(_summary(component), 60)
    of = f" of {start:%Y-%m-%d}" if start else f" of line {component.line}"
    return f"the event {summary!r}{of}" if summary else f"an event without a summary{of}"
