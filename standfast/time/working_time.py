"""Working time: when a team is at work, and how much of a time span counts.

The one calendar engine for all clocks. A time of day arrives when the wall clock first shows it or
is past it: in an hour that is skipped, when the clock jumps; in one that comes twice, the first
time. Between opening and closing, real time counts, so a working night in which the clock is put
back is an hour longer. Times of day arrive in order, so openings never overlap.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Annotated, NamedTuple, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from standfast.messages.message import Message
from standfast.time.wall_clock import WEEKDAYS, TimeOfDay, TimeZone, Weekday

SHORTEST_OPENING = timedelta(hours=1)
"""With it the longest duration there is, ten years, ends within the calendar, and is found at once
whatever the hours."""

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_NOTHING = timedelta(0)


def _in_order(days: tuple[date, ...]) -> tuple[date, ...]:
    return tuple(sorted(set(days)))


class Span(Message):
    """From when to when it is open on each of these days of the week.

    closes: at `opens` or before it: on the next day. 22:00–06:00 is a night, 00:00–00:00 a day.
    """

    days: tuple[Weekday, ...] = Field(WEEKDAYS[:5], min_length=1)
    opens: TimeOfDay = time(9)
    closes: TimeOfDay = time(17)

    @property
    def nights(self) -> timedelta:
        """From the day of an opening to that of its closing."""
        return _DAY if self.closes <= self.opens else _NOTHING

    @property
    def length(self) -> timedelta:
        """From opening to closing, where the clock is left alone."""
        closing = datetime.combine(date.min + self.nights, self.closes)
        return closing - datetime.combine(date.min, self.opens)

    def __str__(self) -> str:
        return f"{self.opens:%H:%M} to {self.closes:%H:%M}"


class Hours(Span):
    """The working hours of a team, with everything needed to compute.

    It opens on none of `holidays`. also: further openings of the same days or of others.
    """

    time_zone: TimeZone = "UTC"
    holidays: Annotated[tuple[date, ...], AfterValidator(_in_order)] = ()
    also: tuple[Span, ...] = ()

    @model_validator(mode="after")
    def _can_be_counted(self) -> Self:
        refuse_unsound(self.spans)
        return self

    @property
    def spans(self) -> tuple[Span, ...]:
        """All its openings."""
        return (Span(days=self.days, opens=self.opens, closes=self.closes), *self.also)


def refuse_unsound(spans: Sequence[Span]) -> None:
    """ValueError where a day opens for less than `SHORTEST_OPENING`, or two spans overlap."""
    for day in WEEKDAYS:
        on_it = [span for span in spans if day in span.days]
        if on_it and sum((span.length for span in on_it), _NOTHING) < SHORTEST_OPENING:
            listed = ", ".join(map(str, on_it))
            raise ValueError(f"must open for at least an hour, not {listed}")
    week = sorted(usual_week(spans), key=lambda each: each[:2])
    for (_, ends, one), (begins, _, other) in pairwise([*week, _a_week_later(week[0])]):
        if begins < ends:
            raise ValueError(f"{one} and {other} overlap on {_weekday(begins)}")


def usual_week(spans: Iterable[Span]) -> Iterator[tuple[timedelta, timedelta, Span]]:
    """Each opening of a week without holidays, from its Monday on; the last may end after it."""
    for span in spans:
        for day in span.days:
            opens = timedelta(days=WEEKDAYS.index(day), hours=span.opens.hour)
            opens += timedelta(minutes=span.opens.minute)
            yield opens, opens + span.length, span


def _a_week_later(
    opening: tuple[timedelta, timedelta, Span],
) -> tuple[timedelta, timedelta, Span]:
    opens, closes, span = opening
    return opens + 7 * _DAY, closes + 7 * _DAY, span


def _weekday(since_monday: timedelta) -> str:
    return WEEKDAYS[since_monday // _DAY % 7]


class Opening(NamedTuple):
    """One opening, in UTC; `closes` is exclusive."""

    opens: datetime
    closes: datetime


def due(hours: Hours | None, start: datetime, within: timedelta) -> datetime:
    """The first moment, in UTC, at which `within` has passed since `start`.

    Without hours, all time counts. It is a closing rather than the next opening, and `start` itself
    where `within` is zero. ValueError: `within` is negative, the moment is after the end of the
    calendar, or `start` has no time zone.
    """
    start = _utc(start)
    if within < _NOTHING:
        raise ValueError(f"cannot be due before it starts, {-within} earlier")
    if within == _NOTHING:
        return start
    try:
        if hours is None:
            return start + within
        left = within
        for opening in openings(hours, start):
            begin = max(start, opening.opens)
            if opening.closes - begin >= left:
                return begin + left
            left -= opening.closes - begin
    except OverflowError as error:
        raise ValueError(f"{within} from {start} lie behind the end of the calendar") from error
    raise AssertionError("openings end only with the calendar")


def elapsed(hours: Hours | None, start: datetime, end: datetime) -> timedelta:
    """How much of the time from `start` to `end` counts; nothing where `end` is not later."""
    start, end = _utc(start), _utc(end)
    if end <= start:
        return _NOTHING
    if hours is None:
        return end - start
    total = _NOTHING
    for opening in openings(hours, start):
        if opening.opens >= end:
            break
        total += min(end, opening.closes) - max(start, opening.opens)
    return total


def is_open(hours: Hours | None, at: datetime) -> bool:
    """Whether time counts at `at`; at the closing it does not."""
    return opens_next(hours, at) == _utc(at)


def opens_next(hours: Hours | None, at: datetime) -> datetime:
    """The first moment from `at` on, in UTC, at which time counts: `at` itself when open."""
    at = _utc(at)
    return at if hours is None else max(at, next(openings(hours, at)).opens)


def _utc(moment: datetime) -> datetime:
    # Python compares moments of one zone by the clock on the wall, which goes back once a year,
    # and holds those of an hour that comes twice for different from all of other zones.
    if moment.tzinfo is None:
        raise ValueError(f"{moment} is no moment: it has no time zone")
    return moment.astimezone(UTC)


def openings(hours: Hours, after: datetime) -> Iterator[Opening]:
    """The openings that close after that moment, one after the other; OverflowError at the end of
    the calendar.
    """
    zone = ZoneInfo(hours.time_zone)
    spans = sorted(hours.spans, key=lambda span: span.opens)
    weekdays = [[span for span in spans if day in span.days] for day in WEEKDAYS]
    holidays = frozenset(hours.holidays)
    # What began two days ago has closed, even where the clock was put back over midnight.
    day = after.astimezone(zone).date() - _DAY
    while True:
        for span in weekdays[day.weekday()] if day not in holidays else ():
            closes = arrives(day + span.nights, span.closes, zone)
            if closes > after:
                opens = arrives(day, span.opens, zone)
                # On a day that a zone left out nothing is open.
                if opens < closes:
                    yield Opening(opens, closes)
        day += _DAY


def arrives(day: date, at: time, zone: tzinfo) -> datetime:
    """The first moment, in UTC, at which the clock in `zone` shows `at` on `day` or is past it."""
    shown = datetime.combine(day, at, tzinfo=zone)
    as_before, as_after = shown.astimezone(UTC), shown.replace(fold=1).astimezone(UTC)
    if as_before <= as_after:
        return as_before
    # The clock skips it. Counted by the offset from before the jump it lies behind the jump, by
    # the one from after it before: the jump is between.
    early, late, skipped = as_after, as_before, shown.replace(tzinfo=None)
    while late - early > _SECOND:
        middle = early + (late - early) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).replace(tzinfo=None) < skipped:
            early = middle
        else:
            late = middle
    return late
