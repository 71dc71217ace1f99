"""What commands use: the settings, a Temporal client, and the record store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from temporalio.client import Client

from standfast.hosting.connection import connect
from standfast.hosting.records import open_records
from standfast.hosting.settings import Settings, load_settings

if TYPE_CHECKING:
    from standfast.records.store import RecordStore

Result = TypeVar("Result")


class _Records:
    """The record store, once somebody asks for it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        if settings.database_url:
            _ = self.store  # one that cannot be used is told before all else

    @cached_property
    def store(self) -> "RecordStore":
        return open_records(self._settings)

    def close(self) -> None:
        if "store" in vars(self):
            self.store.close()


class Session:
    """The connections of one command."""

    def __init__(self, settings: Settings, client: Client, records: _Records) -> None:
        self.settings = settings
        self.client = client
        self._records = records

    @property
    def records(self) -> "RecordStore":
        """The record store; it is loaded when it is first asked for."""
        return self._records.store


def in_session(work: Callable[[Session], Awaitable[Result]]) -> Result:
    """Connect, do `work`, and close the connections, however it ends.

    Raises:
        HostingError: a setting is wrong, or no server answers within a few seconds.
    """

    async def connected() -> Result:
        async with _session() as session:
            return await work(session)

    return asyncio.run(connected())


@asynccontextmanager
async def _session() -> AsyncIterator[Session]:
    settings = load_settings()
    records = _Records(settings)
    try:
        yield Session(settings, await connect(settings, records=lambda: records.store), records)
    finally:
        records.close()


@contextmanager
def records_alone() -> "Iterator[RecordStore]":
    """The record store, for commands that do not need Temporal."""
    records = open_records(load_settings())
    try:
        yield records
    finally:
        records.close()
