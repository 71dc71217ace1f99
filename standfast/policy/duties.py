"""Duties: which of a rotation's turns the layer has somebody in, so that only those are counted.

A rotation is cut into parts by the clock on its wall: weeks, days, or parts of a day. A part is a
duty where the layer has hours in it that no layer above has, more than a small piece that a
hand-off cut off. The pattern repeats every week; it is that of a usual week, so neither holidays
nor changes of the clock move anybody's turn.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import gcd
from typing import NamedTuple
from zoneinfo import ZoneInfo

from standfast.policy.working_hours import WorkingHours
from standfast.time.working_time import usual_week as openings_of_a_week

_MINUTE, _DAY, _WEEK = timedelta(minutes=1), timedelta(days=1), timedelta(weeks=1)
_WEEK_MINUTES = _WEEK // _MINUTE
_MONDAY = datetime(2026, 1, 5, tzinfo=UTC)

Span = tuple[int, int]
"""From which minute of the week until before which, in UTC; the week begins on Monday."""


class Duties(NamedTuple):
    """Which parts of a rotation are duties.

    part: how long a part is. per_turn: how many duties a turn has. period: after how many parts the
    pattern repeats. lasts: the last part of each duty of a period, in order; never none. first: the
    number of the duty that part 0 belongs to in `lasts`, where the one before it ends.
    minutes: how long each of them has somebody; zero where the layer never has.
    """

    part: timedelta
    per_turn: int = 1
    period: int = 1
    lasts: tuple[int, ...] = (0,)
    minutes: tuple[int, ...] = (0,)
    first: int = 0

    @property
    def is_never(self) -> bool:
        """Whether the layer never has somebody, for those above it always do."""
        return not any(self.minutes)

    def of(self, part: int) -> int:
        """The number of the duty that a part belongs to, or else of the next one."""
        periods, within = divmod(part, self.period)
        return periods * len(self.lasts) + bisect_left(self.lasts, within) - self.first

    def last_part(self, duty: int) -> int:
        """The last part of a duty, by its number."""
        periods, within = divmod(duty + self.first, len(self.lasts))
        return periods * self.period + self.lasts[within]


def parts_of(every: timedelta) -> tuple[timedelta, int]:
    """The parts in which the turns of a rotation are counted, and how many of them a turn has."""
    part = next(each for each in (_WEEK, _DAY, every) if not every % each)
    return part, every // part


def duties(first: datetime, zone: str, every: timedelta, spans: Sequence[Span]) -> Duties:
    """The duties of a rotation whose first turn begins at `first`, by the clock in `zone`.

    Where a hand-off cuts a small piece off a span, that piece is no duty: it belongs to the one
    that it adjoins.

    spans: when its layer has somebody, in order; where that is never, every part counts.
    """
    part, per_turn = parts_of(every)
    length = part // _MINUTE
    period = _WEEK_MINUTES // gcd(length, _WEEK_MINUTES)
    begins = _minute(first.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))
    pieces = [each for each in _pieces(spans, begins, length) if 0 <= each.part < period]
    found = sorted({each.part for each in pieces if each.counts})
    if not found:
        return Duties(part, per_turn)
    # A piece that goes on from the part before belongs to it, all others to the next duty.
    after = {each.part: each.minutes for each in pieces if each.goes_on and not each.counts}
    lasts: list[int] = []
    for number in found:
        following = (number + 1) % period
        others = _within(spans, begins + following * length, length) - after.get(following, 0)
        belongs = following not in found and after.get(following, 0) > others
        lasts.append(following if belongs else number)
    ordered = sorted(lasts)
    minutes = tuple(
        _within(spans, begins + (before + 1) * length, (last - before) * length)
        for before, last in pairwise([ordered[-1] - period, *ordered])
    )
    starts_later = int(lasts[-1] < found[-1])
    return Duties(part, per_turn, period, tuple(ordered), minutes, starts_later)


class _Piece(NamedTuple):
    """What of one span lies in one part. goes_on: it is not the first piece of the span."""

    part: int
    minutes: int
    counts: bool
    goes_on: bool


def _pieces(spans: Sequence[Span], begins: int, length: int) -> Iterator[_Piece]:
    """The pieces into which the parts cut the spans, from a week before part 0 on.

    One counts that fills its part, or is at least half as long as the longest of its span.
    """
    first = begins % _WEEK_MINUTES
    for opens, closes in _joined(
        (span[0] + week * _WEEK_MINUTES - first, span[1] + week * _WEEK_MINUTES - first)
        for week in range(-1, 3)
        for span in spans
    ):
        cuts = range(opens // length, (closes - 1) // length + 1)
        sizes = [min(closes, (at + 1) * length) - max(opens, at * length) for at in cuts]
        for at, size in zip(cuts, sizes, strict=True):
            counts = size == length or 2 * size >= max(sizes)
            yield _Piece(at, size, counts, at * length > opens)


def usual_week(hours: Iterable[WorkingHours], at: datetime) -> list[Span]:
    """When these hours are open in a usual week; always, where there are none of them.

    at: a moment whose offsets from UTC are taken for all of the year.
    """
    given = list(hours)
    if not given:
        return [(0, _WEEK_MINUTES)]
    return _joined(span for each in given for span in _opened(each, at))


def without(spans: Sequence[Span], above: Sequence[Span]) -> list[Span]:
    """What is left of `spans` outside of `above`; both in order and apart."""
    left: list[Span] = []
    for begins, ends in spans:
        for others_begin, others_end in above:
            if others_begin < ends and others_end > begins:
                if others_begin > begins:
                    left.append((begins, others_begin))
                begins = min(others_end, ends)
        if begins < ends:
            left.append((begins, ends))
    return left


def joined(*spans: Sequence[Span]) -> list[Span]:
    """All of them, in order and apart."""
    return _joined(span for each in spans for span in each)


def _opened(hours: WorkingHours, at: datetime) -> Iterable[Span]:
    offset = at.astimezone(ZoneInfo(hours.time_zone)).utcoffset() or timedelta()
    for opens, closes, _ in openings_of_a_week(hours.every_span):
        begins = (opens - offset) // _MINUTE % _WEEK_MINUTES
        ends = begins + (closes - opens) // _MINUTE
        yield begins, min(ends, _WEEK_MINUTES)
        if ends > _WEEK_MINUTES:
            yield 0, ends - _WEEK_MINUTES


def _joined(spans: Iterable[Span]) -> list[Span]:
    together: list[Span] = []
    for begins, ends in sorted(spans):
        if together and begins <= together[-1][1]:
            together[-1] = (together[-1][0], max(together[-1][1], ends))
        else:
            together.append((begins, ends))
    return together


def _within(spans: Sequence[Span], begins: int, length: int) -> int:
    """How many minutes of `spans`, which come every week, lie in that time."""
    return _until(spans, begins + length) - _until(spans, begins)


def _until(spans: Sequence[Span], minute: int) -> int:
    weeks, within = divmod(minute, _WEEK_MINUTES)
    every = sum(ends - begins for begins, ends in spans)
    return weeks * every + sum(
        min(ends, within) - begins for begins, ends in spans if begins < within
    )


def _minute(at: datetime) -> int:
    return (at - _MONDAY) // _MINUTE
