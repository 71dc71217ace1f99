"""Keeps one chat up to date with the open incidents: it reads their projections, and costs them
nothing.

One process does it at a time, by a lease. Whatever is away, a chat or the record store, delays this
alone; afterwards the chat is brought to the latest state, not through all that was missed.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from standfast.chat.incident_chat import IncidentChat
from standfast.chat.provider import ChatAway, ChatError, ChatRefused
from standfast.incidents.record import IncidentView
from standfast.records.chat_keepers import NotTheKeeper
from standfast.records.errors import RecordsUnavailable
from standfast.records.projections import Position
from standfast.records.store import RecordStore

_log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
_RENEWED_EVERY = timedelta(seconds=8)

LOOKS_EVERY = 1.0
"""Seconds between two looks at what has changed."""

_COMPARED_EVERY = timedelta(minutes=1)
"""All open incidents are compared, for what was written late."""

_WRITTEN_LATE = timedelta(seconds=20)

_AFTER_UNSURE = timedelta(seconds=5)
"""Until what may have arrived is looked for: it may still be on its way."""

_AFTER_REFUSED = timedelta(minutes=5)
_LONGEST_LATER = timedelta(minutes=15)
"""Until one incident is tried again that the chat refuses, or that it may not show as it is."""

_REST, _LONGEST_REST = timedelta(seconds=5), timedelta(minutes=10)
"""Of a chat that is away and does not say for how long; longer each time, up to the second."""

_LONG_AWAY = timedelta(minutes=1)
"""After which people may have done something that nobody heard."""

_LAST = "P9"
"""Behind all priorities."""


class Keeper:
    """Keeps one chat up to date, until cancelled."""

    def __init__(
        self,
        chat: str,
        holder: str,
        records: RecordStore,
        incidents: IncidentChat,
        came_back: Callable[[], None] = lambda: None,
        looks_every: float = LOOKS_EVERY,
    ) -> None:
        """`came_back` is told when the chat was away for long, or the lease, and is there again."""
        self._chat = chat
        self._holder = holder
        self._records = records
        self._incidents = incidents
        self._came_back = came_back
        self._looks_every = looks_every
        self._seen: dict[str, tuple[str, int]] = {}
        self._due: dict[str, str] = {}
        self._not_before: dict[str, float] = {}
        self._tries: dict[str, int] = {}
        self._fingerprint: object = None
        self._latest: datetime | None = None
        self._compared: float | None = None
        self._rests_until = 0.0
        self._rests = 0
        self._away_since = 0.0
        self._lease_until = 0.0
        self._renewed: float | None = None
        self._warned = ""

    async def run(self) -> None:
        """Keep it up to date until cancelled; no error ends it."""
        try:
            while True:
                try:
                    await self.step()
                except RecordsUnavailable as away:
                    self._warn(f"{self._chat} is not brought up to date: {away}")
                except NotTheKeeper as other:
                    self._lose(str(other))
                except Exception:
                    # Whatever it is: it concerns one incident, and the others go on.
                    _log.exception("%s: an incident was not brought up to date", self._chat)
                await asyncio.sleep(self._looks_every)
        finally:
            if self._lease_until:
                await asyncio.shield(self._let_go())

    async def step(self) -> None:
        """Look for what has changed, and bring it up to date, the most urgent first.

        Raises:
            RecordsUnavailable, NotTheKeeper: it goes on at the next step.
        """
        if not await self._has_lease():
            return
        await self._look()
        looked = self._now()
        while self._now() >= self._rests_until and (incident_id := self._next()):
            if not await self._has_lease():
                return
            await self._bring_up_to_date(incident_id)
            if self._now() - looked >= self._looks_every:  # for what is more urgent than the rest
                await self._look()
                looked = self._now()

    def _next(self) -> str | None:
        """The most urgent incident that is due now."""
        now = self._now()
        ready = (each for each in self._due if self._not_before.get(each, 0.0) <= now)
        return min(ready, key=lambda each: (self._due[each], each), default=None)

    async def _look(self) -> None:
        """Find out which incidents have changed, or closed."""
        projections = self._records.projections
        fingerprint = await asyncio.to_thread(projections.fingerprint)
        whole = self._compared is None or (
            self._now() - self._compared > _COMPARED_EVERY.total_seconds()
        )
        if fingerprint != self._fingerprint or whole:
            since = None if whole or not self._latest else self._latest - _WRITTEN_LATE
            for position in await asyncio.to_thread(projections.positions, since):
                self._notice(position)
            self._fingerprint = fingerprint
            if whole:
                self._compared = self._now()
        for message in await asyncio.to_thread(self._records.chat_steps.left_behind, self._chat):
            self._due.setdefault(message.incident_id, _LAST)

    def _notice(self, at: Position) -> None:
        if self._latest is None or at.as_of > self._latest:
            self._latest = at.as_of
        if self._seen.get(at.incident_id) != (at.run_id, at.task):
            self._seen[at.incident_id] = (at.run_id, at.task)
            self._due[at.incident_id] = at.priority or _LAST

    async def _bring_up_to_date(self, incident_id: str) -> None:
        """One incident, and what is left of earlier episodes of it."""
        try:
            for view in await self._views(incident_id):
                await self._incidents.update(view)
        except ChatAway as away:
            self._rest(away)
        except ChatRefused as refused:
            self._later(incident_id, _AFTER_REFUSED)
            self._warn(f"{self._chat} refuses what {incident_id} needs: {refused.reason}")
        except ChatError as unsure:
            self._later(incident_id, _AFTER_UNSURE)
            self._warn(f"{self._chat} may not show {incident_id} as it is: {unsure.reason}")
        except (RecordsUnavailable, NotTheKeeper):
            raise
        except Exception:
            self._later(incident_id, _AFTER_REFUSED)
            raise
        else:
            self._due.pop(incident_id, None)
            self._not_before.pop(incident_id, None)
            self._tries.pop(incident_id, None)
            if self._rests and self._now() - self._away_since > _LONG_AWAY.total_seconds():
                self._came_back()
            self._rests, self._warned = 0, ""

    async def _views(self, incident_id: str) -> list[IncidentView]:
        """How it stands, and how earlier episodes ended whose messages may still change."""
        records = self._records
        found = await asyncio.to_thread(records.projections.get, incident_id)
        open_now = [found.view] if found else []
        left = await asyncio.to_thread(records.chat_steps.left_behind, self._chat)
        ended = []
        episodes = {each.episode for each in left if each.incident_id == incident_id}
        for episode in sorted(episodes - {view.episode for view in open_now}):
            view = await asyncio.to_thread(records.incidents.get, incident_id, episode)
            if view:
                ended.append(view)
        if not found:
            self._seen.pop(incident_id, None)
        return [*ended, *open_now]

    def _later(self, incident_id: str, after: timedelta) -> None:
        """Leave an incident alone for a while, longer each time."""
        tries = self._tries[incident_id] = self._tries.get(incident_id, 0) + 1
        grown = min(after * 2 ** min(tries - 1, 10), _LONGEST_LATER)
        self._not_before[incident_id] = self._now() + grown.total_seconds()

    def _rest(self, away: ChatAway) -> None:
        """Leave the chat alone for as long as it asks, or a while that grows."""
        self._away_since = self._away_since if self._rests else self._now()
        self._rests += 1
        grown = min(_REST * 2 ** min(self._rests - 1, 10), _LONGEST_REST)
        rest = (away.retry_after or grown * random.uniform(0.5, 1.0)).total_seconds()  # noqa: S311
        self._rests_until = self._now() + rest
        self._warn(f"{self._chat} is left alone for {rest:.0f} s: {away.reason}")

    async def _has_lease(self) -> bool:
        """Whether this process keeps the chat; renewed in time."""
        now = self._now()
        if self._renewed is not None and now - self._renewed < _RENEWED_EVERY.total_seconds():
            return True
        keepers = self._records.chat_keepers
        held = await self._records.run(keepers.hold, self._chat, self._holder, LEASE)
        if not held:
            self._lose(f"another process keeps {self._chat} up to date")
            return False
        if not self._lease_until:
            _log.info("this process keeps %s up to date", self._chat)
            self._came_back()
        self._renewed, self._lease_until = now, now + LEASE.total_seconds()
        return True

    def _lose(self, why: str) -> None:
        if self._lease_until:
            _log.warning("%s", why)
        self._renewed, self._lease_until = None, 0.0
        # What the other one does is not seen here.
        self._seen.clear()
        self._compared = None

    async def _let_go(self) -> None:
        try:
            await asyncio.to_thread(self._records.chat_keepers.release, self._chat, self._holder)
        except RecordsUnavailable as away:
            _log.info("the lease of %s ends by itself: %s", self._chat, away)

    def _warn(self, words: str) -> None:
        """Say it once, until something else is wrong, or nothing."""
        if words.partition(":")[2] != self._warned:
            _log.warning("%s", words)
        self._warned = words.partition(":")[2]

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
