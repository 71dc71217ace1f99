"""How often somebody may try: counted by where they come from, in this process."""

import ipaddress
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

_MOST_KNOWN = 10_000
"""Places that are remembered at once; whoever came longest ago is forgotten first."""


class Attempts:
    """At most so many within a span, from each place. For one event loop."""

    def __init__(
        self, most: int, within: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`within` is in seconds."""
        self._most = most
        self._within = within
        self._clock = clock
        self._at: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, place: str) -> int:
        """Seconds until this place may try again, 0 for now."""
        at = self._at.get(place)
        now = self._clock()
        while at and at[0] <= now - self._within:
            at.popleft()
        if not at or len(at) < self._most:
            return 0
        return max(1, round(at[0] + self._within - now))

    def count(self, place: str) -> None:
        """One more from there."""
        self._at.setdefault(place, deque(maxlen=self._most)).append(self._clock())
        self._at.move_to_end(place)
        if len(self._at) > _MOST_KNOWN:
            self._at.popitem(last=False)


@dataclass(frozen=True)
class Limit:
    """A limit on what requests do, for each place that they come from; `within` in seconds."""

    name: str
    most: int
    within: float

    def wait(self, request: Request) -> int:
        """Seconds until a request from there may do it again, 0 for now."""
        return self._attempts(request).wait(place_of(request))

    def count(self, request: Request) -> None:
        """It did it once more."""
        self._attempts(request).count(place_of(request))

    def _attempts(self, request: Request) -> Attempts:
        state = request.app.state
        if not hasattr(state, self.name):
            setattr(state, self.name, Attempts(self.most, self.within))
        attempts: Attempts = getattr(state, self.name)
        return attempts


def place_of(request: Request) -> str:
    """Where a request comes from: the address; of IPv6 the network, of which one has many."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False))
