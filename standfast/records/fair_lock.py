"""A lock that is handed on in the order in which threads came for it.

`threading.Lock` lets a thread that gives it back and wants it again overtake those that wait.
"""

import threading
from collections import deque


class FairLock:
    """Held by one thread at a time; whoever came first is next."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, timeout: float) -> bool:
        """Wait for it for so many seconds at most; False when that was too short."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        try:
            if turn.acquire(timeout=max(timeout, 0)):
                return True
        except BaseException:  # such as Ctrl-C in the main thread: nobody is to wait for this turn
            if not self._withdrawn(turn):
                self.release()
            raise
        return not self._withdrawn(turn)

    def release(self) -> None:
        """Hand it on."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False

    def _withdrawn(self, turn: threading.Lock) -> bool:
        """Wait no more; False when it was handed over meanwhile."""
        with self._guard:
            if turn not in self._waiting:
                return False
            self._waiting.remove(turn)
            return True
