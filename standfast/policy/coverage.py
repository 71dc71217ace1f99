"""Coverage gaps of a tier's layers: the first time at which nobody is on call.

The weeks of two years stand for all others, changes of the clock included; holidays are checked for
28 years, after which dates and weekdays repeat.
"""

import heapq
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import takewhile
from zoneinfo import ZoneInfo

from standfast.policy.working_hours import Holidays, WorkingHours
from standfast.time.working_time import Hours, Opening, openings

_FIRST_YEAR = 2026
_YEARS = 28
_MONDAY = datetime(_FIRST_YEAR, 1, 5, tzinfo=UTC)
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)

Gap = tuple[datetime, datetime]
"""From when to when nobody is on call, in UTC."""


def first_gap(layers: Sequence[tuple[WorkingHours, ...]]) -> str | None:
    """The first gap that these layers leave, each given by its hours; None where there is none.

    In words that follow `nobody is on call`, in the time zone of the first hours.
    """
    if not all(layers):
        return None  # a layer without hours is there around the clock
    return _first_gap(tuple(hours for layer in layers for hours in layer))


@lru_cache(maxsize=200)
def _first_gap(restrictions: tuple[WorkingHours, ...]) -> str | None:
    zone = ZoneInfo(restrictions[0].time_zone)
    always = {"holidays": Holidays()}
    weekly = [each.model_copy(update=always).around(_MONDAY) for each in restrictions]
    for begins, ends in _uncovered(weekly, _MONDAY, _MONDAY + 2 * _WEEK):
        if begins > _MONDAY:
            return f"every week from {_weekday(begins, zone)} to {_weekday(ends, zone)} ({zone})"
    return next(
        (
            f"from {begins.astimezone(zone):%Y-%m-%d %H:%M} to "
            f"{ends.astimezone(zone):%Y-%m-%d %H:%M} ({zone})"
            for begins, ends in _dated(restrictions)
        ),
        None,
    )


def _dated(restrictions: Sequence[WorkingHours]) -> Iterator[Gap]:
    """Gaps that are there on some dates only."""
    start = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC)
    two_years = [each.around(start) for each in restrictions]
    yield from _uncovered(two_years, start, start + timedelta(days=731))
    for year in range(_FIRST_YEAR + 2, _FIRST_YEAR + _YEARS):
        hours = [each.around(datetime(year, 7, 1, tzinfo=UTC)) for each in restrictions]
        closed = {day for each in hours for day in each.holidays if day.year == year}
        for day in sorted(closed):
            # A night that does not begin on that day would have lasted into the next one.
            around = datetime.combine(day, datetime.min.time(), UTC)
            yield from _uncovered(hours, around - 2 * _DAY, around + 4 * _DAY)


def _uncovered(hours: Sequence[Hours], start: datetime, end: datetime) -> Iterator[Gap]:
    """Every time between `start` and `end` at which none of the hours is open."""
    covered = start

    def of(each: Hours) -> Iterator[Opening]:
        return takewhile(lambda opening: opening.opens < end, openings(each, start))

    for opening in heapq.merge(*map(of, hours)):
        if opening.opens > covered:
            yield covered, opening.opens
        covered = max(covered, opening.closes)
    if covered < end:
        yield covered, end


def _weekday(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%A %H:%M}"
