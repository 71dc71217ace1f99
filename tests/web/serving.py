"""The application on a real server, for clients that want a real connection."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from standfast.web.server import Server
from tests.api.conftest import Api
from tests.patience import PATIENCE


@asynccontextmanager
async def served(api: Api) -> AsyncIterator[tuple[Server, str]]:
    """The server, and its address, on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(api.app)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield server, f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            async with asyncio.timeout(PATIENCE):
                await serving
