"""How many event streams may be open: for each caller, and in total, with some for administrators.

An open stream costs a connection for as long as it lasts; nobody may have all of them.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from standfast.api.access import Caller
from standfast.api.problem_details import Problem
from standfast.incidents.roles import Role

MOST = 2_000
MOST_OF_A_REPORTER = 50
"""A person with many pages open."""

MOST_OF_OTHERS = 300
"""A program may follow every open incident."""

FOR_ADMINISTRATORS = 20
"""Of them all: who looks after a flood must see what happens."""

_RETRY_AFTER = {"Retry-After": "30"}


class EventStreams:
    """The open streams of one process. For one event loop."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    @contextmanager
    def opened(self, caller: Caller) -> Iterator[None]:
        """A stream of that caller. Problem: 429 where they have too many, or all have."""
        most = MOST_OF_OTHERS if caller.role.may(Role.RESPONDER) else MOST_OF_A_REPORTER
        if self._open[caller.name] >= most:
            raise Problem(
                429,
                detail=f"{caller.name} has {most} event streams open, the most that a "
                f"{caller.role} may have: close some",
                headers=_RETRY_AFTER,
            )
        kept = 0 if caller.role.may(Role.ADMINISTRATOR) else min(FOR_ADMINISTRATORS, self._most - 1)
        if self._open.total() >= self._most - kept:
            raise Problem(
                429,
                detail=f"{self._open.total()} event streams are open here, and no more may be; "
                "try again later",
                headers=_RETRY_AFTER,
            )
        self._open[caller.name] += 1
        try:
            yield
        finally:
            self._open[caller.name] -= 1
            if not self._open[caller.name]:
                del self._open[caller.name]
