"""A cable to Temporal that can be pulled out and put back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client

from standfast.hosting.plugin import standfast_plugin


class Cable:
    """Takes connections on a port of its own, and carries them while it is plugged in."""

    def __init__(self, target: str) -> None:
        self._host, _, port = target.rpartition(":")
        self._port = int(port)
        self._plugged = True
        self._connections: set[asyncio.Future[tuple[None, None]]] = set()
        self.server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        """Host and port to connect to."""
        if self.server is None:
            raise RuntimeError("the cable is not laid")
        return f"127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    def pull(self) -> None:
        """Break every connection, and let no new one through."""
        self._plugged = False
        for connection in self._connections:
            connection.cancel()

    def plug(self) -> None:
        """Let connections through again."""
        self._plugged = True

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, both ways."""
        with contextlib.suppress(ConnectionError), contextlib.closing(writer):
            if not self._plugged:
                return
            there, back = await asyncio.open_connection(self._host, self._port)
            with contextlib.closing(back):
                ways = asyncio.gather(_relay(reader, back), _relay(there, writer))
                self._connections.add(ways)
                with contextlib.suppress(asyncio.CancelledError):
                    await ways
                self._connections.discard(ways)


async def _relay(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        target.write(data)
        await target.drain()


@asynccontextmanager
async def a_cable(to: Client) -> AsyncIterator[tuple[Cable, Client]]:
    """A cable to the server of that client, and a client at the end of it."""
    cable = Cable(to.service_client.config.target_host)
    cable.server = await asyncio.start_server(cable.carry, "127.0.0.1", 0)
    async with cable.server:
        client = await Client.connect(
            cable.address, namespace=to.namespace, plugins=[standfast_plugin()]
        )
        try:
            yield cable, client
        finally:
            cable.pull()
