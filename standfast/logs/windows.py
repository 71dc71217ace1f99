"""The three times that an incident divides a log into, and whether one had more errors."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from standfast.logs.reading import Error, Reading

LONGEST_BASELINE = timedelta(hours=24)
"""How far back the time before the incident is looked at: a day has its busy and quiet hours."""

LEAD = timedelta(minutes=15)
"""So long before its beginning counts for nothing: an incident is noticed after it began."""

_RARELY = 0.001
"""How often chance alone may call a rate higher that is not: a watch asks many times."""

_CLEARLY = 2.0
"""A rate is higher only if it is so many times the other; less is how services are."""

_BLOCKS = 48
"""Parts that the longer time is cut into, to see how much its errors come in bursts."""


@dataclass(frozen=True)
class Incident:
    """When it began, when it was fixed, and now. The end of each time is not part of it."""

    began: datetime
    fixed: datetime
    now: datetime

    @classmethod
    def between(cls, began: datetime, fixed: datetime, now: datetime) -> "Incident":
        """The times that divide a log; what began after its fix began with it."""
        return cls(min(began, fixed), fixed, now)

    @property
    def looked_at_from(self) -> datetime:
        """Where the time before it begins."""
        return self.began - LONGEST_BASELINE


@dataclass(frozen=True)
class Window:
    """One of the three times, and the errors in it."""

    start: datetime
    end: datetime
    errors: tuple[Error, ...]

    @property
    def length(self) -> timedelta:
        """Never below zero."""
        return max(self.end - self.start, timedelta(0))

    @property
    def minutes(self) -> float:
        """Its length."""
        return self.length.total_seconds() / 60

    @property
    def per_minute(self) -> float:
        """Errors a minute; 0 for no time at all."""
        return len(self.errors) / self.minutes if self.minutes else 0.0


@dataclass(frozen=True)
class Windows:
    """Before the incident, during it, and since its fix."""

    before: Window
    during: Window
    since: Window


def windows_of(reading: Reading, incident: Incident) -> Windows:
    """The errors of a log by the time they are of; before it begins nobody knows."""
    known_from = reading.whole_since or reading.oldest or incident.now
    start = max(incident.looked_at_from, known_from)
    began, fixed = incident.began, max(incident.fixed, incident.began)

    def window(start: datetime, end: datetime) -> Window:
        start = max(start, known_from)
        inside = (error for error in reading.errors if start <= error.moment < end)
        return Window(start, end, tuple(inside))

    later = max(incident.now, fixed)
    return Windows(
        window(start, began - LEAD),
        window(began, fixed),
        # What a clock that is a little ahead has stamped is of now.
        Window(fixed, later, tuple(error for error in reading.errors if error.moment >= fixed)),
    )


def is_clearly_higher(one: Window, other: Window) -> bool:
    """Whether errors came clearly more often in `one` than in `other`.

    If the rates were the same, each of the n errors of both would lie in `one` by the chance that
    its share of the time is: the number there is binomial (the usual exact comparison of two
    Poisson rates). Higher is what such chance would show less than once in a thousand times, and
    at least twice the rate. Errors that come in bursts are not independent of each other: both
    counts are divided by how many times their variance exceeds that of a Poisson process, so that
    a burst of ten counts about as one.
    """
    if not one.minutes or not other.minutes or not one.errors:
        return False
    if one.per_minute < _CLEARLY * other.per_minute:
        return False
    bursts = max(_dispersion(one), _dispersion(other), 1.0)
    count = math.floor(len(one.errors) / bursts)
    total = count + math.ceil(len(other.errors) / bursts)
    share = one.minutes / (one.minutes + other.minutes)
    return binomial_tail(count, total, share) < _RARELY


def binomial_tail(count: int, total: int, share: float) -> float:
    """The chance of `count` or more of `total`, each of them being of `share`'s chance.

    >>> round(binomial_tail(9, 10, 0.5), 4)
    0.0107
    """
    if count <= 0:
        return 1.0
    if share >= 1:
        return 1.0
    if share <= 0:
        return 0.0
    if total > 2_000:
        # Normal with continuity correction: exact enough where there are so many.
        mean, deviation = total * share, math.sqrt(total * share * (1 - share))
        return 0.5 * math.erfc((count - 0.5 - mean) / (deviation * math.sqrt(2)))
    logs = (
        math.lgamma(total + 1)
        - math.lgamma(k + 1)
        - math.lgamma(total - k + 1)
        + k * math.log(share)
        + (total - k) * math.log1p(-share)
        for k in range(count, total + 1)
    )
    return min(math.fsum(math.exp(log) for log in logs), 1.0)


def poisson_tail(count: int, mean: float) -> float:
    """The chance of `count` or more where `mean` are to be expected.

    >>> round(poisson_tail(1, 0.05), 4)
    0.0488
    """
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    below = math.fsum(
        math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count)
    )
    return min(max(1.0 - below, 0.0), 1.0)


def _dispersion(window: Window) -> float:
    """The variance of the counts in equal parts of a window, over their mean."""
    if not window.errors:
        return 1.0
    counts = _counts(window, (error.moment for error in window.errors))
    mean = sum(counts) / len(counts)
    return sum((count - mean) ** 2 for count in counts) / (len(counts) - 1) / mean


def _counts(window: Window, moments: Iterable[datetime]) -> Sequence[int]:
    counts, part = [0] * _BLOCKS, window.length / _BLOCKS
    for moment in moments:
        counts[min(int((moment - window.start) / part), _BLOCKS - 1)] += 1
    return counts
