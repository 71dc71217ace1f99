"""Dates, times, durations and rules of calendars, in the forms that programs write them in."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import icalendar

from standfast.on_call.ical_lines import Property
from standfast.on_call.ical_zones import Zones

FREQUENCIES = ("HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
"""How often a shift may recur."""

_WHEN = re.compile(
    r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})"
    r"(?:[T ]([0-9]{2}):?([0-9]{2}):?([0-9]{2})?(?:[.,][0-9]{1,9})?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.IGNORECASE,
)
_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ONE_DAY, _LAST_SECOND = timedelta(days=1), time(23, 59, 59)


class Unusable(Exception):  # noqa: N818
    """A part of a calendar cannot be used; says why."""


def values(given: Property) -> list[str]:
    """The values of a line that may hold several."""
    return [each.strip() for each in given.value.split(",")]


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
    try:
        found: timedelta = icalendar.vDuration.from_ical(text.strip().upper())
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


def _date_of(value: date, zone: tzinfo) -> date:
    if not isinstance(value, datetime):
        return value
    # Many programs write midnight in UTC for a date, wherever they are.
    if value.tzinfo is None or value.astimezone(UTC).time() == time():
        return value.date()
    return value.astimezone(zone).date()


def rule(text: str, start: date, zone: tzinfo, last: datetime) -> icalendar.vRecur:
    """A recurrence rule that ends: with its UNTIL, or soon after `last`, in UTC.

    UNTIL as a date includes that day in the zone of the series, and one without a zone is in it.

    Raises:
        Unusable: it is none, or none that a shift has.
    """
    parts: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in text.strip().upper().split(";"))):
        name, _, value = part.partition("=")
        if not name.strip().startswith("X-"):
            parts.setdefault(name.strip(), value.strip())
    if parts.get("RSCALE", "GREGORIAN") == "GREGORIAN":
        parts.pop("RSCALE", None)
        parts.pop("SKIP", None)
    until = parts.pop("UNTIL", "")
    try:
        found = icalendar.vRecur.from_ical(";".join(f"{key}={parts[key]}" for key in parts))
    except Exception as error:
        raise Unusable("its RRULE cannot be read") from error
    _refuse_odd(found)
    ends = [as_start(last.astimezone(UTC), start, zone)]
    if until:
        ends.append(_last_start(until, start, zone))
        if _for_the_library(ends[-1]) < _for_the_library(start):
            raise Unusable("its rule ends before it starts")
    found["UNTIL"] = [min(map(_for_the_library, ends))]
    return found


def _refuse_odd(found: icalendar.vRecur) -> None:
    """Refuse rules that no shift has, and that would take too long to evaluate."""
    frequency = str((found.get("FREQ") or [""])[0]).upper()
    if frequency not in FREQUENCIES:
        raise Unusable(f"it recurs {frequency.lower() or 'in no way that is known'}")
    if any(interval < 1 for interval in found.get("INTERVAL", [1])):
        raise Unusable("it recurs with an interval of less than one")
    days, months = found.get("BYMONTHDAY", [1]), found.get("BYMONTH", [1])
    if all(abs(day) > _LONGEST_MONTH[int(month) % 12 - 1] for day in days for month in months):
        raise Unusable("it recurs on a day that no month has")
    if any(count < 1 for count in found.get("COUNT", [1])):
        found.pop("COUNT")  # some programs write -1 for a series without an end


def _last_start(until: str, start: date, zone: tzinfo) -> date:
    ends = when(until, None)
    if isinstance(start, datetime) and not isinstance(ends, datetime):
        return datetime.combine(ends, _LAST_SECOND, start.tzinfo)
    return as_start(ends, start, zone)


def _for_the_library(until: date) -> date:
    """In UTC where the series has a zone."""
    if isinstance(until, datetime) and until.tzinfo is not None:
        return until.astimezone(UTC)
    return until
