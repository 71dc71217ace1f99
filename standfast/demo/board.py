"""The demo's view of all incidents: each as it was last read."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from temporalio.client import Client
from temporalio.service import RPCError

from standfast.incidents.record import IncidentView
from standfast.intake.errors import IntakeError
from standfast.lookup.lookup import Lookup
from standfast.records.store import RecordStore

EVERY = 0.25
"""Seconds between two reads of all open incidents."""

PATIENCE = 75.0
"""Seconds to wait for an incident's state, also on the slowest machine."""

_AT_ONCE = 4
_ROUND = 1.0


class NotSeen(IntakeError):  # noqa: N818
    """What a story waits for did not happen; the text has the incident's state instead."""


class Place(Protocol):
    """The part of the stage that is used here."""

    @property
    def client(self) -> Client: ...
    @property
    def records(self) -> RecordStore: ...


class Board:
    """Every incident of the demo, as the command `show` would show it.

    resting: held while nothing can be read, since the server is down.
    """

    def __init__(self, place: Place) -> None:
        self.views: dict[str, IncidentView] = {}
        self.resting = asyncio.Lock()
        self._place = place
        self._changed = asyncio.Condition()
        self._followed: list[str] = []
        self._looks: dict[asyncio.Task[None], str] = {}
        self._few = asyncio.Semaphore(_AT_ONCE)
        self._begun = 0
        self._seen_by: dict[str, int] = {}

    def follow(self, incident_id: str) -> None:
        """Read this incident too from now on."""
        self._followed.append(incident_id)

    @property
    def open(self) -> dict[str, IncidentView]:
        """Those that were open when last seen."""
        return {key: view for key, view in self.views.items() if view.status == "open"}

    async def keep_fresh(self) -> None:
        """Read all open incidents again and again, a few at a time, until cancelled."""
        try:
            while True:
                async with self.resting:
                    await self._look_around()
                async with self._changed:
                    self._changed.notify_all()
                await asyncio.sleep(EVERY)
        finally:
            for look in self._looks:
                look.cancel()

    async def until(
        self, incident_id: str, what: str, holds: Callable[[IncidentView], object]
    ) -> IncidentView:
        """Wait until the condition holds for the incident.

        Raises:
            NotSeen: it does not hold within `PATIENCE`.
        """
        try:
            async with asyncio.timeout(PATIENCE), self._changed:
                while (view := self.views.get(incident_id)) is None or not holds(view):
                    await self._changed.wait()
                return view
        except TimeoutError:
            last = self.views.get(incident_id)
            stands = f"it is in {last.stage}, {last.status}" if last else "nothing was seen of it"
            raise NotSeen(f"{incident_id} did not {what} in {PATIENCE:.0f} s: {stands}") from None

    async def seen_anew(self, incident_id: str) -> IncidentView:
        """The incident as of now, read again.

        A closed one does not change, so it is not read again.
        """
        now = self._begun
        return await self.until(
            incident_id,
            "answer",
            lambda view: view.status == "closed" or self._seen_by.get(incident_id, 0) > now,
        )

    async def _look_around(self) -> None:
        """Read all open ones; a slow answer does not delay the others."""
        waited_for = self._looks.values()
        for incident_id in self._followed:
            view = self.views.get(incident_id)
            if incident_id not in waited_for and (view is None or view.status == "open"):
                self._looks[asyncio.create_task(self._look(incident_id))] = incident_id
        if self._looks:
            done, _ = await asyncio.wait(self._looks, timeout=_ROUND)
            for look in done:
                del self._looks[look]
                look.result()

    async def _look(self, incident_id: str) -> None:
        async with self._few:
            self._begun += 1
            number = self._begun
            try:
                found = await Lookup(self._place.client, self._place.records).find(incident_id)
            except RPCError:
                return  # busy; the next round is near, and whoever waits has a limit
        self.views[incident_id] = found.view
        self._seen_by[incident_id] = number
