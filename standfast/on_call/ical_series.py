"""The occurrences of calendar events: series with their rules, exceptions and changed instances."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import icalendar
from recurring_ical_events import CalendarQuery

from standfast.incidents.observation import quote
from standfast.on_call.ical_events import (
    AROUND,
    Event,
    Occurrence,
    Series,
    periods,
    shown,
    usable,
)
from standfast.on_call.ical_lines import Component, Property
from standfast.on_call.ical_rules import moved_up
from standfast.on_call.ical_values import Unusable, when, zone_of
from standfast.on_call.ical_words import says_called_off
from standfast.on_call.pace import TakesTooLong


def occurrences(series: Series, events: Sequence[Component]) -> Iterator[Occurrence]:
    """The occurrences of the events with one UID, in about the window."""
    masters = _latest([each for each in events if not each.all("RECURRENCE-ID")])
    instances = [each for each in events if each.all("RECURRENCE-ID")]
    if any(_cancelled(each) and not each.text("DTSTART") for each in masters):
        return  # called off as a whole
    read: list[Event] = []
    for master in masters:
        if _cancelled(master):
            instances = []
        elif (event := usable(series, master, recurs=True)) is not None:
            read += [event, *periods(series, event)]
    of = next((each for each in read if each.recurs), read[-1] if read else None)
    for event in read:
        changed = _changed(series, event, instances) if event is of else []
        yield from _expanded(series, event, changed)
    if of is None:
        yield from _detached(series, instances)


def _detached(series: Series, instances: Sequence[Component]) -> Iterator[Occurrence]:
    """Instances whose series is not in the calendar, each as an event of its own.

    It recurs only where it stands for all later ones, too: many programs write the rule of the
    series into each changed instance.
    """
    for instance in _newest(instances, lambda each: each.text("RECURRENCE-ID")):
        recurs = _and_later(instance.all("RECURRENCE-ID")[0])
        if not _cancelled(instance) and (event := usable(series, instance, recurs=recurs)):
            for each in (event, *(periods(series, event) if recurs else ())):
                yield from _expanded(series, each, [])


def _and_later(recurrence_id: Property) -> bool:
    return recurrence_id.params.get("RANGE", "").upper() == "THISANDFUTURE"


def _changed(series: Series, of: Event, instances: Sequence[Component]) -> list[Event]:
    """The changed instances of a series. Where one cannot be used its occurrence is left out."""
    changed: list[Event] = []
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
        and_later = _and_later(given)
        if _cancelled(instance):
            of.without.append(instead_of)
            if and_later:
                of.stops = min(instead_of, of.stops or instead_of, key=_at)
            continue
        left_out = f"; the occurrence of {instead_of:%Y-%m-%d} that it changes is left out"
        event = usable(series, instance, left_out)
        if event is None:
            of.without.append(instead_of)
            continue
        event.instead_of = instead_of
        event.and_later = and_later
        changed.append(event)
    return changed


def _expanded(series: Series, event: Event, changed: Sequence[Event]) -> Iterator[Occurrence]:
    """Its occurrences and the changed ones. The library knows only of the rules and dates: it takes
    an exception for several where shifts are as far apart as the zone is from UTC.
    """
    without = {_at(each) for each in event.without}
    ranges: list[tuple[date, Event]] = []
    for each in changed:
        if each.instead_of is not None:
            without.add(_at(each.instead_of))
            ranges += [(_at(each.instead_of), each)] if each.and_later else []
        yield each.occurrence(each.start, each.end)
    ranges.sort(key=lambda each: each[0])
    around = AROUND + max((abs(of.moved_by(event)) for _, of in ranges), default=timedelta())
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


def _times(series: Series, event: Event, around: timedelta) -> Iterator[tuple[date, date]]:
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


def _later(event: Event, begins: datetime) -> Event:
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


def _for_the_library(event: Event) -> icalendar.Event:
    made = icalendar.Event()
    made.add("UID", "series")
    made.add("DTSTART", event.start)
    made.add("DTEND", event.end)
    for each in event.rules:
        made.add("RRULE", each)
    if event.dates:
        made.add("RDATE", event.dates)
    return made


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
    return (
        component.text("STATUS").upper() in ("CANCELLED", "CANCELED")
        or method.upper() == "CANCEL"
        or says_called_off(component.text("SUMMARY"))
    )
