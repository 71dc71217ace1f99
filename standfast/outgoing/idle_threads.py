"""Threads that are used again when idle: work waits for none, and the process does not either."""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import NamedTuple

IDLE_FOR = 2.0
"""Seconds without work after which a thread ends."""

Work = Callable[[], object]


class _Job(NamedTuple):
    work: Work
    then: Work


class IdleThreads:
    """As many threads as there is work at the same time; what limits that is up to the caller.

    They are daemons: what hangs in one does not keep the process from ending.
    """

    def __init__(self, name: str, idle_for: float = IDLE_FOR) -> None:
        self._name = name
        self._idle_for = idle_for
        self._guard = threading.Lock()
        self._idle: list[SimpleQueue[_Job]] = []

    def run(self, work: Work, then: Work) -> None:
        """Begin `work` at once, in the thread that became idle last or in a new one.

        `then` follows once that thread counts as idle, so that what it sets off finds the thread
        and needs no other. Neither may raise.

        Raises:
            RuntimeError: the machine has no thread to give.
        """
        with self._guard:
            idle = self._idle.pop() if self._idle else None
        if idle is not None:
            idle.put(_Job(work, then))
        else:
            threading.Thread(
                target=self._serve, args=([_Job(work, then)],), name=self._name, daemon=True
            ).start()

    def _serve(self, first: list[_Job]) -> None:
        job: _Job | None = first.pop()
        mine: SimpleQueue[_Job] = SimpleQueue()
        while job is not None:
            job.work()
            with self._guard:
                self._idle.append(mine)
            job.then()
            job = None  # an idle thread holds no message, and no address
            job = self._next(mine)

    def _next(self, mine: SimpleQueue[_Job]) -> _Job | None:
        try:
            return mine.get(timeout=self._idle_for)
        except Empty:
            with self._guard:
                if mine in self._idle:
                    self._idle.remove(mine)
                    return None
        return mine.get()  # which is there, or about to be
