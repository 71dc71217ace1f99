"""An HTTP server is a part of a process, which may end it and go on."""

import asyncio
import socket

import pytest
import uvicorn

from standfast.hosting.http_server import HttpServer
from tests.patience import PATIENCE


async def hello(scope: object, receive: object, send: object) -> None:
    """Never asked."""


async def test_cancelled_it_closes_its_connections_and_leaves_nothing_watched() -> None:
    loop = asyncio.get_running_loop()
    server = HttpServer(uvicorn.Config(hello, lifespan="off", log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        stream, asking = await asyncio.open_connection(*listener.getsockname())
        async with asyncio.timeout(PATIENCE):
            asking.write(b"GET")
            while not server.server_state.connections:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
            serving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await serving
            assert await stream.read() == b""
    assert not loop.remove_reader(number), "the next file of this number would be refused"
    asking.close()
    await asyncio.wait({asyncio.ensure_future(asking.wait_closed())})
