"""Notices that the board has changed: one check for all viewers, while there are any."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from itertools import count

from temporalio.client import Client
from temporalio.service import RPCError

from standfast.lookup.overview import open_query
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

EVERY = 1.0
"""Seconds between two checks of the projections, which change with each step of an incident."""

_LISTED_EVERY = 2
"""Checks between two queries of Temporal's list, which also works without the record store."""

_AT_LEAST_EVERY = 30
"""Checks between two updates in any case, for changes that were missed."""

_MOST = 50
"""Of the newest incidents; the projections tell of all others."""

_RPC_LIMIT = timedelta(seconds=5)


class BoardWatch:
    """The state of the list of open incidents, while anybody watches."""

    def __init__(self, client: Client, records: RecordStore) -> None:
        self._client = client
        self._records = records
        self._watchers = 0
        self._looking: asyncio.Task[None] | None = None
        self._seen = 0
        self._stepped: tuple[object, ...] = ()
        self._told = 0
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch it; all watchers share one check."""
        self._watchers += 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            yield
        finally:
            self._watchers -= 1
            if not self._watchers and self._looking:
                self._looking.cancel()
                self._looking = None

    async def latest(self) -> int:
        """The number of the latest change."""
        return self._told

    async def changes(self, seen: int, within: float) -> bool:
        """Wait so many seconds for something newer than `seen`; return whether there is."""
        if seen == self._told:
            with suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await self._changed.wait()
        return seen != self._told

    async def _look(self) -> None:
        for look in count():
            told = look % _AT_LEAST_EVERY == 0
            # Errors are retried; the page shows them when it is loaded.
            with suppress(RecordsUnavailable):
                stepped = await asyncio.to_thread(self._records.projections.fingerprint)
                told, self._stepped = told or stepped != self._stepped, stepped
            if look % _LISTED_EVERY == 0:
                with suppress(RPCError, TimeoutError, RuntimeError):
                    listed = await self._listed()
                    told, self._seen = told or listed != self._seen, listed
            if told:
                self._tell()
            await asyncio.sleep(EVERY)

    def _tell(self) -> None:
        told, self._changed = self._changed, asyncio.Event()
        self._told += 1
        told.set()

    async def _listed(self) -> int:
        query = open_query({})
        runs = self._client.list_workflows(query, limit=_MOST, rpc_timeout=_RPC_LIMIT)
        return hash(
            tuple([(run.id, run.run_id, str(run.typed_search_attributes)) async for run in runs])
        )
