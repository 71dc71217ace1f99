"""Which connections may be open: in total, and for one client; and which of them end first.

Where no more may be open, a new connection takes the place of the one that has waited longest for
its client: for a request, or the rest of one. What is being answered is never cut off for another.
So whoever holds connections open without asking anything keeps nobody out.
"""

import logging
from dataclasses import dataclass, field
from typing import Protocol

from standfast.hosting import descriptors

_MOST = 4_096
"""Event streams and as many requests; each costs memory, up to some 100 kB while it is answered."""

_OTHER_FILES = 512
"""Descriptors that are left for databases, mail, Temporal, and what is accepted in one turn."""

_ENDED_AT_ONCE = 100

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ConnectionLimits:
    """Counts, and seconds.

    total, per_client: how many connections may be open.
    head_within: for the whole head of a request, from the connection or the answer before on.
    body_within: for the whole body. slow_after: from then on a body needs `bytes_per_second`.
    stalled_after: for a client to read what waits for it.
    lingers: how long a client that was refused may still send, so that it can read the answer.
    """

    total: int = _MOST
    per_client: int = _MOST * 3 // 4
    head_within: float = 10.0
    body_within: float = 60.0
    slow_after: float = 10.0
    bytes_per_second: int = 500
    stalled_after: float = 30.0
    lingers: float = 2.0

    @classmethod
    def of_this_process(cls) -> "ConnectionLimits":
        """Limits that leave descriptors for everything else."""
        files = descriptors.limit()
        total = max(1, min(_MOST, files - min(_OTHER_FILES, files // 2)))
        return cls(total, max(1, total * 3 // 4))


class Held(Protocol):
    """A connection as the table sees it."""

    client_key: str

    def cut_off(self) -> None:
        """End it at once."""

    def look(self, now: float) -> bool:
        """End it if it has had its time; whether it had."""


@dataclass
class _Client:
    open: int = 0
    # In the order in which they began to wait.
    waiting: dict[Held, None] = field(default_factory=dict)


class Connections:
    """Every open connection of one server. For one event loop."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self._open: dict[Held, _Client] = {}
        self._waiting: dict[Held, None] = {}
        self._clients: dict[str, _Client] = {}

    def __len__(self) -> int:
        return len(self._open)

    def admit(self, new: Held) -> bool:
        """Count a new connection, which waits; False where there is no room for it."""
        client = self._clients.get(new.client_key) or _Client()
        if client.open >= self.limits.per_client:
            _log.warning("one address has %d connections, the most that it may have", client.open)
            if not self._make_room(client.waiting):
                return False
        elif len(self._open) >= self.limits.total:
            _log.warning("%d connections are open, the most that may be", len(self._open))
            if not self._make_room(self._waiting):
                return False
        client = self._clients.setdefault(new.client_key, client)
        client.open += 1
        self._open[new] = client
        self.waits(new)
        return True

    def waits(self, one: Held) -> None:
        """It waits for its client from now on."""
        if client := self._open.get(one):
            self.is_answered(one)
            client.waiting[one] = self._waiting[one] = None

    def is_answered(self, one: Held) -> None:
        """Its client waits for us."""
        if client := self._open.get(one):
            client.waiting.pop(one, None)
            self._waiting.pop(one, None)

    def forget(self, one: Held) -> None:
        """It is closed."""
        self.is_answered(one)
        client = self._open.pop(one, None)
        if client:
            client.open -= 1
            if not client.open:
                self._clients.pop(one.client_key, None)

    def look(self, now: float) -> None:
        """End those that have had their time, so many at once that nobody waits for it."""
        ended = 0
        for one in list(self._open):
            ended += one.look(now)
            if ended >= _ENDED_AT_ONCE:
                return

    def _make_room(self, waiting: dict[Held, None]) -> bool:
        longest = next(iter(waiting), None)
        if longest is None:
            return False
        self.forget(longest)
        longest.cut_off()
        return True
