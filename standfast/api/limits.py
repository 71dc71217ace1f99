"""How much each source may send: bodies a minute, for this process.

A bucket that fills evenly: a short burst of up to a minute's worth is taken, and after that as many
as the limit lets through.
"""

import math
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple


class _Bucket(NamedTuple):
    """How many bodies may still come, as of a moment of the clock."""

    left: float
    at: float


class Limits:
    """The buckets of all sources; for one event loop. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def wait_for(self, source: str, max_per_minute: int | None) -> int:
        """Take one body of a source: 0, or after how many seconds it may be sent again."""
        if max_per_minute is None:
            self._buckets.pop(source, None)
            return 0
        now, rate = self._clock(), max_per_minute / 60
        bucket = self._buckets.get(source, _Bucket(max_per_minute, now))
        left = min(bucket.left + (now - bucket.at) * rate, max_per_minute)
        if left < 1:
            self._buckets[source] = _Bucket(left, now)
            return math.ceil((1 - left) / rate)
        self._buckets[source] = _Bucket(left - 1, now)
        return 0
