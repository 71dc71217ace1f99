"""One chat at work: it is kept up to date, its threads are read, and what people do is taken in."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from starlette.routing import BaseRoute

from standfast.chat.handling import ChatHandling
from standfast.chat.incident_channel import IncidentChannel
from standfast.chat.incident_chat import IncidentChat
from standfast.chat.journal import Journal
from standfast.chat.keeper import LOOKS_EVERY, Keeper
from standfast.chat.people import ChatPeople
from standfast.chat.provider import ChatAway, ChatError, ChatProvider
from standfast.chat.threads import Doors, Threads
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

_log = logging.getLogger(__name__)

_LISTENS_AGAIN = timedelta(seconds=30)
_READS_AGAIN = timedelta(hours=1)
"""A connection may have been lost without our hearing of it."""


class Place(NamedTuple):
    """Where a chat is worked for. holder: this process. link: to an incident, with `{incident}`."""

    records: RecordStore
    doors: Doors
    task_queue: str
    holder: str
    link: str = ""


class ChatAtWork:
    """One chat, in this process."""

    def __init__(
        self, provider: ChatProvider, place: Place, looks_every: float = LOOKS_EVERY
    ) -> None:
        self.provider = provider
        self._records = place.records
        journal = Journal(place.records, provider.name, place.holder)
        people = ChatPeople(provider, place.doors.policy)
        self.threads = Threads(provider, place.records, people, place.doors)
        self._came_back = asyncio.Event()
        self.handling = ChatHandling(
            provider,
            place.records,
            people,
            self.threads,
            place.doors,
            place.task_queue,
            missed=self._came_back.set,
        )
        channels = IncidentChannel(provider, journal, people)
        incidents = IncidentChat(provider, journal, channels, place.doors.policy, place.link)
        self.keeper = Keeper(
            provider.name,
            place.holder,
            place.records,
            incidents,
            came_back=self._came_back.set,
            looks_every=looks_every,
        )

    def routes(self) -> Sequence[BaseRoute]:
        """What is served for it by HTTP."""
        return self.provider.routes(self.handling.take)

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.keeper.run())
                tasks.create_task(self.threads.run())
                tasks.create_task(self._catch_up())
                tasks.create_task(self._listen())
        finally:
            await self.provider.close()

    async def _listen(self) -> None:
        """Hear what people do, and begin again where that ends."""
        said = ""
        while True:
            wait = _LISTENS_AGAIN
            try:
                await self.provider.listen(self.handling.take)
            except ChatError as failed:
                why = failed.reason
                if isinstance(failed, ChatAway) and failed.retry_after:
                    wait = failed.retry_after
            except Exception as failed:
                _log.exception("%s: listening failed", self.provider.title)
                why = str(failed)
            else:
                why = "the connection has ended"
            if why != said:
                _log.warning("what people do in %s is not heard: %s", self.provider.title, why)
            said = why
            await asyncio.sleep(wait.total_seconds())
            self._came_back.set()

    async def _catch_up(self) -> None:
        """Read the threads again, when something may have been missed, and now and then."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_READS_AGAIN.total_seconds()):
                    await self._came_back.wait()
            self._came_back.clear()
            try:
                await self.threads.read_all_again()
            except RecordsUnavailable as away:
                _log.info("threads are read later: %s", away)
                await asyncio.sleep(_LISTENS_AGAIN.total_seconds())
                self._came_back.set()
