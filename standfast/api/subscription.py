"""Watching open incidents: each is read once a second, however many watch it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from standfast.api.problem_details import problem_of
from standfast.incidents.record import IncidentView
from standfast.lookup.lookup import Lookup

EVERY = 1.0
"""Seconds between two reads."""

_AFTER_A_FAILURE = 5.0
_LOOK_FOR = 7.0
_PASSING = (503, 504)


class Subscription:
    """The state of one incident, for all who watch it.

    `latest` is the last state; `over` is set once it will not change any more.
    """

    def __init__(
        self,
        incident_id: str,
        lookup: Lookup,
        leaving: asyncio.Event,
        writing: asyncio.Lock | None = None,
    ) -> None:
        """`writing` is held by the watcher that writes out a part of what it has not seen."""
        self.watchers = 0
        self.writing = writing or asyncio.Lock()
        self._incident_id = incident_id
        self._lookup = lookup
        self._leaving = leaving
        self._latest: IncidentView | None = None
        self._failure: Exception | None = None
        self._changed = asyncio.Event()
        self._looking = asyncio.create_task(self._look())

    @property
    def over(self) -> bool:
        """Whether it is over: the incident has closed, or there is no such incident."""
        return self._looking.done()

    async def latest(self) -> IncidentView:
        """The last state; waits for the first read.

        Raises:
            Exception: the lookup's error, where nothing has been read yet.
        """
        while self._latest is None and self._failure is None:
            await self._changed.wait()
        if self._latest is None:
            raise self._failure or RuntimeError("a look showed nothing")
        return self._latest

    async def changes(self, seen: IncidentView, within: float) -> bool:
        """Wait so many seconds for something newer than `seen`; return whether there is."""
        if seen is not self._latest:
            return True
        waits = {
            asyncio.create_task(self._changed.wait()),
            asyncio.create_task(self._leaving.wait()),
        }
        changed = self._changed
        try:
            await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return changed.is_set()

    def end(self) -> None:
        """Stop reading."""
        self._looking.cancel()

    async def _look(self) -> None:
        while True:
            pause = EVERY
            try:
                async with asyncio.timeout(_LOOK_FOR):
                    view = (await self._lookup.find(self._incident_id)).view
            except Exception as error:
                if self._latest is None or problem_of(error).status not in _PASSING:
                    self._failure = error
                    self._tell()
                    return
                pause = _AFTER_A_FAILURE
            else:
                if view != self._latest:
                    self._latest = view
                    self._tell()
                if view.status == "closed":
                    return
            await asyncio.sleep(pause)

    def _tell(self) -> None:
        told, self._changed = self._changed, asyncio.Event()
        told.set()


class Subscriptions:
    """Every watch of this process. `leaving` is set when the server is to end."""

    def __init__(self, lookup: Lookup, leaving: asyncio.Event) -> None:
        self._lookup = lookup
        self._leaving = leaving
        self._watches: dict[str, Subscription] = {}
        self._writing = asyncio.Lock()

    @property
    def open(self) -> int:
        """The number of all watchers."""
        return sum(watch.watchers for watch in self._watches.values())

    @asynccontextmanager
    async def watching(self, incident_id: str) -> AsyncIterator[Subscription]:
        """Watch an incident; all watchers share one reader."""
        watch = self._watches.get(incident_id)
        if watch is None or watch.over:
            watch = self._watches[incident_id] = Subscription(
                incident_id, self._lookup, self._leaving, self._writing
            )
        watch.watchers += 1
        try:
            yield watch
        finally:
            watch.watchers -= 1
            if not watch.watchers:
                watch.end()
                if self._watches.get(incident_id) is watch:
                    del self._watches[incident_id]
