"""What commands use: the settings, a Temporal client, and the record store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import NamedTuple, TypeVar

from temporalio.client import Client

from standfast.hosting.connection import connect
from standfast.hosting.records import open_records
from standfast.hosting.settings import Settings, load_settings
from standfast.records.store import RecordStore

Result = TypeVar("Result")


class Session(NamedTuple):
    """The connections of one command."""

    settings: Settings
    client: Client
    records: RecordStore


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
    records = open_records(settings)
    try:
        yield Session(settings, await connect(settings), records)
    finally:
        records.close()


@contextmanager
def records_alone() -> Iterator[RecordStore]:
    """The record store, for commands that do not need Temporal."""
    records = open_records(load_settings())
    try:
        yield records
    finally:
        records.close()
