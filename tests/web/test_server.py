"""How the server listens, and whom it takes for its client."""

import asyncio
import socket

import httpx
import pytest
from fastapi import FastAPI, Request

from standfast.hosting.client_address import client_of
from standfast.hosting.settings import Settings
from standfast.web.server import Server, listening
from tests.patience import PATIENCE

FORWARDED = "198.51.100.7, 203.0.113.9, 10.0.0.2"
"""The client says the first; the proxies say whom each of them heard it from."""


def test_an_answer_waits_for_no_acknowledgement_of_its_first_part() -> None:
    with (
        listening(Settings(api_port=0)) as listener,
        socket.create_connection(listener.getsockname()),
    ):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    ("proxies", "client"),
    [
        ([], "127.0.0.1"),
        (["10.0.0.0/8"], "127.0.0.1"),
        (["127.0.0.1"], "10.0.0.2"),
        (["127.0.0.1", "10.0.0.0/8"], "203.0.113.9"),
    ],
)
async def test_only_a_trusted_proxy_says_who_its_client_is(proxies: list[str], client: str) -> None:
    app = FastAPI()
    app.state.leaving = asyncio.Event()

    @app.get("/")
    async def who(request: Request) -> str:
        return client_of(request)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(app, trusted_proxies=proxies)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        async with httpx.AsyncClient() as http, asyncio.timeout(PATIENCE):
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            answer = await http.get(address, headers={"X-Forwarded-For": FORWARDED})
        assert answer.json() == client
        server.should_exit = True
        await serving
