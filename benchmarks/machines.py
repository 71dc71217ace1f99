"""What the machines of a cluster share, for a benchmark: one server, one database, one policy."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier
from temporalio.client import Client

from benchmarks.inbox import Inbox, open_inbox
from standfast.hosting.connection import connect
from standfast.hosting.embedded_server import EmbeddedServer
from standfast.hosting.settings import Encryption, Settings
from standfast.records.store import RecordStore
from tests.durability.cluster import Cluster
from tests.stories.company import write_policy


class Shared(NamedTuple):
    """What the machines of a cluster share, and how the benchmark looks at it.

    application: the name under which the database knows the connections of all of them.
    """

    cluster: Cluster
    server: EmbeddedServer
    client: Client
    records: RecordStore
    settings: Settings
    inbox: Inbox
    policy: Path
    database: str
    application: str

    @property
    def temporal(self) -> dict[str, str]:
        """Temporal's variables for a machine."""
        return {"TEMPORAL_ADDRESS": self.server.record.address}

    @property
    def server_pid(self) -> int:
        """The server's process, which is another one after a restart."""
        assert self.server.record.server_pid
        return self.server.record.server_pid


@contextmanager
def empty_schema(database: str) -> Iterator[str]:
    """The URL of an empty schema in that PostgreSQL database, which is dropped in the end."""
    name = f"cluster_{uuid4().hex}"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(name)))
        try:
            yield f"{database}{'&' if '?' in database else '?'}options=-csearch_path%3D{name}"
        finally:
            connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(name)))


@asynccontextmanager
async def open_machines(place: Path, database: str) -> AsyncIterator[Shared]:
    """A server, and an empty database with a `?` in its URL, without machines yet."""
    application = f"cluster-{uuid4().hex}"
    url = f"{database}&application_name={application}"
    # The machines know this server by its address, and have no key of its data directory.
    settings = Settings(
        data_dir=place / "server", temporal_port=0, database_url=url, encryption=Encryption.OFF
    )
    server = EmbeddedServer(settings)
    await server.start()
    try:
        async with open_inbox() as inbox:
            policy = write_policy(place / "policy.yaml", inbox.address, place)
            cluster = Cluster(place / "machines", url, policy)
            with ExitStack() as ends:
                records = ends.enter_context(closing(RecordStore(url)))
                ends.callback(cluster.kill)
                client = await connect(settings)
                yield Shared(
                    cluster, server, client, records, settings, inbox, policy, url, application
                )
    finally:
        await server.stop()
