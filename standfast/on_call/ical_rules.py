"""Recurrence rules of calendars, and how to get from a start years ago to the window at once."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import lcm

import icalendar

from standfast.on_call.ical_values import Unusable, as_start, when

FREQUENCIES = ("HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
"""How often a shift may recur."""

_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ONE_DAY, _LAST_SECOND = timedelta(days=1), time(23, 59, 59)
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_KNOWN = frozenset(
    (
        *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "RSCALE", "SKIP", "BYSECOND", "BYMINUTE"),
        *("BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS"),
    )
)
_PLAIN = frozenset(("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"))
"""With nothing else, days and weeks are alike for ever."""


def rule(
    text: str, start: date, zone: tzinfo, last: datetime, day_in: tzinfo | None = None
) -> icalendar.vRecur:
    """A recurrence rule that ends: with its UNTIL, or soon after `last`, in UTC.

    UNTIL as a date includes that day in the zone of the series, and one without a zone is in it.
    day_in: whose day that is where the series is in UTC.

    Raises:
        Unusable: it is none, or none that a shift has.
    """
    parts = _parts(text)
    if parts.get("RSCALE", "GREGORIAN") != "GREGORIAN":
        raise Unusable(f"it recurs by another calendar, {parts['RSCALE'][:20].lower()}")
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
        ends.append(_last_start(until, start, zone, day_in))
        if _for_the_library(ends[-1]) < _for_the_library(start):
            raise Unusable("its rule ends before it starts")
    found["UNTIL"] = [min(map(_for_the_library, ends))]
    return found


def _parts(text: str) -> dict[str, str]:
    """The parts of a rule, in capitals, with what programs add taken away.

    Raises:
        Unusable: it has a part that may be a limit, by another name.
    """
    parts: dict[str, str] = {}
    for part in re.sub(r"[\s\\\"]", "", text.upper()).removeprefix("RRULE:").split(";"):
        name, _, value = part.partition("=")
        value = value.strip(",")
        if name in ("BYDAY", "WKST"):
            value = re.sub("(MO|TU|WE|TH|FR|SA|SU)[A-Z]+", r"\1", value)
        if name in parts and name.startswith("BY"):
            parts[name] += f",{value}"
        elif name in _KNOWN and value:
            parts.setdefault(name, value)
        elif name and name not in _KNOWN and not name.startswith("X-"):
            raise Unusable(f"its RRULE has {name[:20]}, which nobody knows")
    return parts


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


def _last_start(until: str, start: date, zone: tzinfo, day_in: tzinfo | None) -> date:
    ends = when(until, None)
    if isinstance(start, datetime) and not isinstance(ends, datetime):
        its_own = day_in if day_in and start.tzinfo is UTC else start.tzinfo
        return datetime.combine(ends, _LAST_SECOND, its_own)
    return as_start(ends, start, zone)


def _for_the_library(until: date) -> date:
    """In UTC where the series has a zone."""
    if isinstance(until, datetime) and until.tzinfo is not None:
        return until.astimezone(UTC)
    return until


def moved_up(found: icalendar.vRecur, start: date, before: datetime) -> tuple[timedelta, int]:
    """How much later, but before `before`, the series may start and go on as it is.

    Also how many occurrences are left out by that. Nothing of both where it cannot be told at once.
    """
    nothing = timedelta(), 0
    if not found.keys() <= _PLAIN or len(found["UNTIL"]) != 1:
        return nothing
    weekdays = [str(day) for day in found.get("BYDAY", ())]
    if weekdays and (not {*weekdays} <= {*_DAYS} or _DAYS[start.weekday()] not in weekdays):
        return nothing
    period, occurrences = _period(found, len({*weekdays}))
    if not period:
        return nothing
    limits = [_day(before, start), _day(found["UNTIL"][0], start)]
    periods = (min(limits) - _day(start, start)).days // period - 1
    if "COUNT" in found:
        periods = min(periods, (found["COUNT"][0] - 1) // occurrences) if occurrences else 0
    for fewer in range(3):
        by = timedelta(days=max(periods - fewer, 0) * period)
        if _shows(start + by):
            return by, max(periods - fewer, 0) * occurrences
    return nothing


def _period(found: Mapping[str, list[int]], weekdays: int) -> tuple[int, int]:
    """After how many days all is the same again, and how many occurrences that has.

    No days where that is not told here, and no occurrences where only they are not.
    """
    frequency, interval = str(found["FREQ"][0]).upper(), found.get("INTERVAL", [1])[0]
    if frequency == "WEEKLY":
        return 7 * interval, weekdays or 1
    if frequency == "DAILY":
        period = lcm(interval, 7)
        return period, 0 if weekdays else period // interval
    if frequency == "HOURLY":
        hours = lcm(interval, 24 * 7)
        return hours // 24, 0 if weekdays else hours // interval
    return 0, 0


def _day(moment: date, start: date) -> date:
    """Its day by the clock of the series."""
    if not isinstance(moment, datetime):
        return moment
    zone = start.tzinfo if isinstance(start, datetime) else None
    return moment.astimezone(zone).date() if zone and moment.tzinfo else moment.date()


def _shows(moment: date) -> bool:
    """Whether the clock shows it, and once only."""
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        return True
    again = moment.astimezone(UTC).astimezone(moment.tzinfo)
    twice = moment.replace(fold=1).utcoffset() != moment.replace(fold=0).utcoffset()
    return not twice and again.replace(tzinfo=None) == moment.replace(tzinfo=None)
