"""How long the events of a calendar may take to evaluate: each of them, and all together."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TakesTooLong(Exception):  # noqa: N818
    """The events with one id take longer than they may."""


class Pace:
    """Counts from its making.

    each, in_all: seconds; None for as long as it takes. `each` needs the main thread of a process,
    on a system that has alarms.
    """

    def __init__(self, each: float | None = None, in_all: float | None = None) -> None:
        self._each = each
        self._until = None if in_all is None else time.monotonic() + in_all

    @property
    def is_over(self) -> bool:
        """Whether the time for all is used up."""
        return self._until is not None and time.monotonic() >= self._until

    @contextmanager
    def kept(self) -> Iterator[None]:
        """What is in it takes no longer than it may.

        Raises:
            TakesTooLong: it would. In the middle of anything, so nothing of it is to be used.
        """
        if self._each is None or not hasattr(signal, "setitimer"):
            yield
            return
        allowed = self._each
        if self._until is not None:
            allowed = min(allowed, max(self._until - time.monotonic(), 0.01))
        before = signal.signal(signal.SIGALRM, _stop)
        # Again and again, for whoever is interrupted may have caught it.
        signal.setitimer(signal.ITIMER_REAL, allowed, 0.1)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


AS_LONG_AS_IT_TAKES = Pace()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise TakesTooLong
