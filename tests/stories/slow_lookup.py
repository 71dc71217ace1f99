"""A policy that lets one look-up wait, for what people do meanwhile."""

import asyncio
import threading
from pathlib import Path

from standfast.policy import Policy
from standfast.policy_file.source import PolicySource
from tests.patience import PATIENCE


class SlowLookup(PolicySource):
    """Lets one look-up wait until it is told to go on."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._one = threading.Semaphore(0)
        self.waits, self.goes_on = threading.Event(), threading.Event()

    def hold_next(self) -> None:
        self._one.release()

    async def is_waiting(self) -> None:
        """Return once it waits."""
        assert await asyncio.to_thread(self.waits.wait, PATIENCE)

    def current(self) -> Policy:
        if self._one.acquire(blocking=False):
            self.waits.set()
            assert self.goes_on.wait(PATIENCE)
        return super().current()
