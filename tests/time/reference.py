"""Working time as a patient person counts it: looks at the clock on the wall again and again, and
makes a stroke each time the team is at work. Slow, and with none of the engine's thoughts."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from standfast.time.wall_clock import WEEKDAYS
from standfast.time.working_time import Hours

DAY, HOUR, MINUTE, SECOND, MICROSECOND = (
    timedelta(seconds=seconds) for seconds in (86_400, 3_600, 60, 1, 1e-6)
)


def counted(hours: Hours | None, start: datetime, end: datetime, tick: timedelta) -> timedelta:
    """How much of that time counts; `start` and `end` lie a whole number of ticks apart."""
    return sum(islice(looks(hours, start, tick), (end - start) // tick)) * tick


def looks(hours: Hours | None, start: datetime, tick: timedelta) -> Iterator[bool]:
    """Whether it is open during each tick from `start` on, without end.

    Opening hours are whole minutes: ticks of a minute must start with one.
    """
    while hours is None:
        yield True
    zone = ZoneInfo(hours.time_zone)
    # What a clock that was put back shows has been shown before; no clock of ours goes back by
    # more than seven hours, so the looking begins eight before the start.
    at = start.astimezone(UTC).replace(second=0) - 8 * HOUR
    furthest = at.astimezone(zone).replace(tzinfo=None)
    day, on_that_day = None, []
    while True:
        furthest = max(furthest, at.astimezone(zone).replace(tzinfo=None))
        if at >= start:
            if furthest.date() != day:
                day = furthest.date()
                on_that_day = [*_opening(hours, day - DAY), *_opening(hours, day)]
            yield any(opens <= furthest < closes for opens, closes in on_that_day)
        at += tick if at >= start else min(MINUTE, start - at)


def _opening(hours: Hours, day: date) -> Iterator[tuple[datetime, datetime]]:
    """From when until when it is open, on the wall, each time that it opens on that day."""
    for span in (hours, *hours.also):
        if WEEKDAYS[day.weekday()] in span.days and day not in hours.holidays:
            opens, closes = datetime.combine(day, span.opens), datetime.combine(day, span.closes)
            yield opens, closes if closes > opens else closes + DAY
