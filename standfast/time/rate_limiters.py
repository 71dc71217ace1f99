"""Rate limiters, which count in this process: alerts by source, attempts by client.

Clocks count whole nanoseconds and so does the arithmetic: whoever waits as long as they are told
is let through.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import NamedTuple

_SECOND = 1_000_000_000
"""In nanoseconds."""

_TOKEN = 60 * _SECOND
"""A whole token, in the unit of buckets: in a nanosecond a bucket gains `max_per_minute` of it."""

_MOST_CLIENTS = 10_000
"""Clients that are remembered at once; who came longest ago is forgotten first."""


class _TokenBucket(NamedTuple):
    """What is left in a bucket, in parts of a token, as of a moment of the clock."""

    left: int
    at: int


class RateLimiter:
    """A token bucket for each source or caller: a burst of a minute's worth, then an even rate.

    For one event loop. `clock` counts nanoseconds.
    """

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, _TokenBucket] = OrderedDict()

    def wait_for(self, source: str, max_per_minute: int, cost: int = 1, paid: int = 0) -> int:
        """Take tokens of a source: 0, or after how many seconds there will be enough.

        cost: how many; of more than a minute has, a full bucket is enough.
        paid: how many of them were taken before; they are given back where it has to wait.
        """
        now, full = self._clock(), max_per_minute * _TOKEN
        bucket = self._buckets.get(source, _TokenBucket(full, now))
        left = min(bucket.left + (now - bucket.at) * max_per_minute + paid * _TOKEN, full)
        price = min(cost * _TOKEN, full)
        if left < price:
            self._buckets[source] = _TokenBucket(left, now)
            return _divided_up(price - left, max_per_minute * _SECOND)
        self._buckets[source] = _TokenBucket(left - price, now)
        self._buckets.move_to_end(source)
        if len(self._buckets) > _MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return 0


class ClientRateLimiter:
    """At most so many attempts within a sliding window, for each client. For one event loop."""

    def __init__(
        self, most: int, within: int, clock: Callable[[], int] = time.monotonic_ns
    ) -> None:
        """`within` is in seconds, `clock` counts nanoseconds."""
        self._most = most
        self._within = within * _SECOND
        self._clock = clock
        self._attempts: OrderedDict[str, deque[int]] = OrderedDict()

    def wait(self, client: str) -> int:
        """Seconds until this client may try again, 0 for now."""
        attempts = self._attempts.get(client)
        now = self._clock()
        while attempts and attempts[0] <= now - self._within:
            attempts.popleft()
        if not attempts or len(attempts) < self._most:
            return 0
        return _divided_up(attempts[0] + self._within - now, _SECOND)

    def count(self, client: str) -> None:
        """One more attempt of this client."""
        self._attempts.setdefault(client, deque(maxlen=self._most)).append(self._clock())
        self._attempts.move_to_end(client)
        if len(self._attempts) > _MOST_CLIENTS:
            self._attempts.popitem(last=False)


def _divided_up(number: int, by: int) -> int:
    """A quotient of whole numbers, rounded up."""
    return -(-number // by)
