"""Watching open incidents: one look a second at each, however many there are who watch it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from standfast.api.problems import Problem, problem_of
from standfast.incidents.record import IncidentView
from standfast.lookup.lookup import Lookup

EVERY = 1.0
"""Seconds between two looks."""

_AFTER_A_FAILURE = 5.0
_LOOK_FOR = 7.0
_MOST_WATCHERS = 2_000
_PASSING = (503, 504)


class Subscription:
    """What is seen of one incident, for all who watch it now.

    `latest` is the last that was seen; `over` once that will not change any more.
    """

    def __init__(self, incident_id: str, lookup: Lookup, leaving: asyncio.Event) -> None:
        self.watchers = 0
        self._incident_id = incident_id
        self._lookup = lookup
        self._leaving = leaving
        self._latest: IncidentView | None = None
        self._failure: Exception | None = None
        self._changed = asyncio.Event()
        self._looking = asyncio.create_task(self._look())

    @property
    def over(self) -> bool:
        """Whether nobody looks any more: it has closed, or there is no such incident."""
        return self._looking.done()

    async def latest(self) -> IncidentView:
        """What was seen last; waits for the first look.

        Raises:
            Exception: as the lookup failed, where nothing has been seen yet.
        """
        while self._latest is None and self._failure is None:
            await self._changed.wait()
        if self._latest is None:
            raise self._failure or RuntimeError("a look showed nothing")
        return self._latest

    async def changes(self, seen: IncidentView, within: float) -> bool:
        """Wait so many seconds for something else to see than was `seen`; whether there is."""
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
        """Look no more."""
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

    @property
    def open(self) -> int:
        """How many watch now, all in all."""
        return sum(watch.watchers for watch in self._watches.values())

    @asynccontextmanager
    async def watching(self, incident_id: str) -> AsyncIterator[Subscription]:
        """Watch an incident, together with whoever does already.

        Problem: 503 where too many watch already.
        """
        if self.open >= _MOST_WATCHERS:
            raise Problem(503, detail="too many streams are open", headers={"Retry-After": "30"})
        watch = self._watches.get(incident_id)
        if watch is None or watch.over:
            watch = self._watches[incident_id] = Subscription(
                incident_id, self._lookup, self._leaving
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
