"""Dates, times and durations of calendars, in the forms that programs write them in."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import icalendar

from standfast.on_call.ical_lines import Property
from standfast.on_call.ical_zones import Zones

_WHEN = re.compile(
    r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})"
    r"(?:[T ]([0-9]{2}):?([0-9]{2}):?([0-9]{2})?(?:[.,][0-9]{1,9})?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.IGNORECASE,
)
_ONE_DAY = timedelta(days=1)


class Unusable(Exception):  # noqa: N818
    """A part of a calendar cannot be used; says why."""


def values(given: Property) -> list[str]:
    """The values of a line that may hold several."""
    return [each.strip() for each in re.split("[,;]", given.value)]


def zone_of(given: Property, zones: Zones) -> tzinfo | None:
    """The zone that a line names; None where it names none, or one that nobody knows."""
    name = given.params.get("TZID")
    return zones.named(name) if name else None


def when(text: str, zone: tzinfo | None) -> date:
    """A date, or a moment in its own zone or else in `zone`; without a zone where there is none.

    Raises:
        Unusable: it is none.
    """
    found = _WHEN.fullmatch(text.strip())
    if found is None:
        raise Unusable(f"{text.strip()[:40]!r} is no time")
    year, month, day, hour, minute, second, offset = found.groups()
    try:
        on = date(int(year), int(month), int(day))
        if hour is None:
            return on
        if hour == "24":
            on, hour = on + _ONE_DAY, "00"
        at = time(int(hour), int(minute), min(int(second or 0), 59))
        moment = datetime.combine(on, at)
        if offset is None:
            return moment.replace(tzinfo=zone)
        if offset.upper() == "Z":
            return moment.replace(tzinfo=UTC)
        return moment.replace(tzinfo=datetime.strptime(offset, "%z").tzinfo)
    except (ValueError, OverflowError) as error:
        raise Unusable(f"{text.strip()[:40]!r} is no time") from error


def duration(text: str) -> timedelta:
    """A DURATION.

    Raises:
        Unusable: it is none.
    """
    # Some programs leave out the T before hours: P8H.
    written = re.sub(r"P(?=[0-9]+[HMS])", "PT", text.strip().upper())
    try:
        found: timedelta = icalendar.vDuration.from_ical(written)
    except (ValueError, OverflowError, TypeError) as error:
        raise Unusable(f"{text.strip()[:40]!r} is no duration") from error
    return found


def as_start(value: date, start: date, zone: tzinfo) -> date:
    """`value` in the form of `start`: a date, or a moment in the same zone or without one.

    A date stands for the occurrence of that day. `zone` is for moments without one.
    """
    if not isinstance(start, datetime):
        return _date_of(value, zone)
    if not isinstance(value, datetime):
        return datetime.combine(value, start.time(), start.tzinfo)
    if start.tzinfo is None:
        return value.astimezone(zone).replace(tzinfo=None) if value.tzinfo else value
    if value.tzinfo is None:
        return value.replace(tzinfo=start.tzinfo)
    return value.astimezone(start.tzinfo)


def as_exception(value: date, start: date, zone: tzinfo) -> date:
    """`as_start` for what names an occurrence of a series that is always at one time of day.

    Where it is at another, some program wrote local time and called it UTC, left out the zone, or
    wrote midnight for the day.
    """
    meant = as_start(value, start, zone)
    if not (isinstance(meant, datetime) and isinstance(start, datetime)):
        return meant
    written = value.replace(tzinfo=None) if isinstance(value, datetime) else meant
    if written.time() == time() != start.time():
        return datetime.combine(written.date(), start.time(), start.tzinfo)  # the day, in any zone
    others = (as_start(written.replace(tzinfo=each), start, zone) for each in (None, UTC, zone))
    at_its_time = (
        each
        for each in (meant, *others)
        if isinstance(each, datetime) and each.time() == start.time()
    )
    return next(at_its_time, meant)


def _date_of(value: date, zone: tzinfo) -> date:
    """The day that a moment stands for in a series of whole days: where it is midnight."""
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is not UTC:
        return value.date()
    local = value.astimezone(zone)
    # A quarter of an hour may be midnight in some zone, most likely in one that is near in time.
    if value.second or value.minute % 15 or local.time() == time():
        return local.date()
    return (value + _ONE_DAY / 2).date()
