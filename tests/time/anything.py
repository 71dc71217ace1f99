"""Any opening hours and any moment, with a liking for those at which clocks are changed."""

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from hypothesis import strategies as st

from standfast.time.wall_clock import WEEKDAYS, Weekday
from standfast.time.working_time import Hours, Span
from tests.time.reference import DAY, MINUTE


class Change(NamedTuple):
    """Where and when the clock on the wall jumps."""

    time_zone: str
    at: datetime


CHANGES = [
    Change(zone, datetime.fromisoformat(f"{at}:00+00:00"))
    for zone, at in (
        ("Europe/Berlin", "2026-03-29T01:00"),  # 02:00 → 03:00
        ("Europe/Berlin", "2026-10-25T01:00"),  # 03:00 → 02:00
        ("America/New_York", "2026-03-08T07:00"),  # 02:00 → 03:00
        ("America/New_York", "2026-11-01T06:00"),  # 02:00 → 01:00
        ("Australia/Lord_Howe", "2026-04-04T15:00"),  # 02:00 → 01:30
        ("Australia/Lord_Howe", "2026-10-03T15:30"),  # 02:00 → 02:30
        ("America/Havana", "2026-03-08T05:00"),  # 00:00 → 01:00
        ("America/Havana", "2026-11-01T05:00"),  # 01:00 → 00:00
        ("America/St_Johns", "2010-11-07T02:31"),  # Sunday 00:01 → Saturday 23:01
        ("Africa/Casablanca", "2026-02-15T02:00"),  # 03:00 → 02:00, for Ramadan
        ("Africa/Casablanca", "2026-03-22T02:00"),  # 02:00 → 03:00
        ("Antarctica/Troll", "2026-03-29T01:00"),  # 01:00 → 03:00
        ("Antarctica/Troll", "2026-10-25T01:00"),  # 03:00 → 01:00
        ("Antarctica/Vostok", "1994-01-31T17:00"),  # 1 February 00:00 → 31 January 17:00
        ("Europe/Dublin", "2026-03-29T01:00"),  # 01:00 → 02:00; winter time counts as the change
        ("Pacific/Apia", "2011-12-30T10:00"),  # Friday 30 December does not take place
        ("Pacific/Kwajalein", "1993-08-21T12:00"),  # nor does Saturday 21 August
        ("Asia/Kathmandu", "2028-02-29T12:00"),  # nothing: a leap day, a quarter past the hour
    )
]


def minutes(least: int, most: int) -> st.SearchStrategy[timedelta]:
    """Whole minutes."""
    return st.integers(least, most).map(lambda count: count * MINUTE)


def _time_of_day(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


_OPENS = st.integers(0, 4 * 60) | st.integers(0, 24 * 60 - 1)
"""In minutes; most changes are made in the small hours."""

_OPEN_FOR = st.integers(60, 5 * 60) | st.integers(60, 24 * 60) | st.just(24 * 60)
_DAYS: st.SearchStrategy[tuple[Weekday, ...]] = st.just(WEEKDAYS) | st.lists(
    st.sampled_from(WEEKDAYS), min_size=1, unique=True
).map(tuple)


@st.composite
def _spans(draw: st.DrawFn) -> list[Span]:
    """Openings with breaks, which differ by day and never overlap."""
    days = draw(st.permutations(WEEKDAYS))
    first = draw(st.integers(1, 7))
    found: list[Span] = []
    for group in (days[:first], days[first:]):
        edges = sorted(draw(st.sets(st.integers(0, 24 * 60), min_size=4, max_size=6)))
        pairs = list(zip(edges[::2], edges[1::2], strict=False))
        if group and sum(closes - opens for opens, closes in pairs) >= 60:
            for opens, closes in pairs:
                span = {"opens": _time_of_day(opens), "closes": _time_of_day(closes)}
                found.append(Span(days=tuple(group), **span))
    return found


_SPANS = _spans().filter(bool)


@st.composite
def hours(draw: st.DrawFn, change: Change) -> Hours:
    """Any opening hours in the zone of that change, with holidays around it, some with breaks."""
    day = change.at.date()
    holidays = tuple(draw(st.sets(st.dates(day - 3 * DAY, day + 3 * DAY), max_size=3)))
    zone = change.time_zone
    if draw(st.booleans()):
        first, *others = draw(_SPANS)
        edges = {"days": first.days, "opens": first.opens, "closes": first.closes}
        return Hours(**edges, also=tuple(others), time_zone=zone, holidays=holidays)
    opens = draw(_OPENS)
    return Hours(
        days=draw(_DAYS),
        opens=_time_of_day(opens),
        closes=_time_of_day(opens + draw(_OPEN_FOR)),
        time_zone=zone,
        holidays=holidays,
    )


@st.composite
def openings(draw: st.DrawFn) -> tuple[Hours, datetime]:
    """Any opening hours, and a whole minute not far from a change of their clock."""
    change = draw(st.sampled_from(CHANGES))
    return draw(hours(change)), change.at + draw(minutes(-48 * 60, 24 * 60))


@st.composite
def long_stories(draw: st.DrawFn) -> tuple[Hours, datetime]:
    """Any opening hours, and a microsecond of any year that they may see."""
    moment = draw(
        st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    )
    change = Change(draw(st.sampled_from(CHANGES)).time_zone, moment)
    return draw(hours(change)), moment
