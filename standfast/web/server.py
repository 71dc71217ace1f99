"""What `python -m standfast.web` runs: the application on uvicorn."""

import asyncio
import contextlib
import functools
import gc
import os
import shlex
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from standfast.api.backend import Backend
from standfast.hosting import data_directory, descriptors
from standfast.hosting.connection import connect_lazily
from standfast.hosting.errors import HostingError
from standfast.hosting.http_server import HttpServer
from standfast.hosting.logs import log_to_standard_error
from standfast.hosting.records import open_records
from standfast.hosting.setting_values import proxies
from standfast.hosting.settings import Settings, load_settings, variable
from standfast.lookup.lookup import Lookup
from standfast.policy_file.loading import PolicyError
from standfast.policy_file.source import PolicySource
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore
from standfast.web.app import build_app
from standfast.web.connections import ConnectionLimits, Connections
from standfast.web.protocol import LimitedProtocol

_ENDING = 5
"""Seconds for running requests to finish after a signal."""

_WAITING = 2048
"""The listen backlog: in a storm many webhooks connect at the same time."""

_ACCEPTED_AT_ONCE = 50
"""Connections that are accepted before those that are open have their turn."""


def serve() -> int:
    """Serve until SIGTERM or SIGINT; the exit code: 0 after a signal, 1 for an error."""
    log_to_standard_error()
    descriptors.raise_limit()
    try:
        asyncio.run(_serve(load_settings()))
    except (HostingError, PolicyError) as error:
        print(f"standfast-api: {error}", file=sys.stderr)
        return 1
    return 0


@contextlib.asynccontextmanager
async def open_backend(settings: Settings) -> AsyncIterator[Backend]:
    """The backend that the settings name. Neither Temporal nor the database need be there yet.

    Raises:
        HostingError: a setting cannot be used.
        PolicyError: nor can the policy.
    """
    policy = PolicySource(settings.policy)
    data_directory.create(settings.data_dir)
    records = open_records(settings)
    try:
        client = await connect_lazily(settings, lambda: records)
        yield Backend(settings, client, records, policy, Lookup(client, records))
    finally:
        records.close()


async def _serve(settings: Settings) -> None:
    async with open_backend(settings) as backend:
        app = build_app(backend)
        server = Server(app, trusted_proxies=proxies(settings.trusted_proxies))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, server.handle_exit, number, None)
        with listening(settings) as listener:
            async with app.router.lifespan_context(app):
                told = await asyncio.to_thread(_greeting, settings, backend.records, listener)
                # What is here now stays. Looking through all of it for garbage, which a burst of
                # requests sets off, would hold up every answer for some tenths of a second.
                gc.collect()
                gc.freeze()
                serving = asyncio.create_task(server.serve(sockets=[listener]))
                with contextlib.suppress(OSError):  # whoever read our words may be gone
                    print(*told, sep="\n", flush=True)
                await serving


class Server(HttpServer):
    """The server of the console and the API, with limits of connections.

    It ends open streams before it waits for them.
    """

    def __init__(
        self,
        app: FastAPI,
        limits: ConnectionLimits | None = None,
        trusted_proxies: Sequence[str] = (),
    ) -> None:
        """`trusted_proxies`: addresses or networks whose `X-Forwarded-For` is believed."""
        self.connections = Connections(limits or ConnectionLimits.of_this_process())
        # No access log: a query string may hold a key. The metrics count requests.
        config = uvicorn.Config(
            app,
            http=functools.partial(LimitedProtocol, table=self.connections),  # type: ignore[arg-type]
            lifespan="off",  # entered by the caller, so that its errors become one line
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(trusted_proxies),
            forwarded_allow_ips=list(trusted_proxies),
            backlog=_ACCEPTED_AT_ONCE,
            timeout_graceful_shutdown=_ENDING,
        )
        super().__init__(config)
        self._leaving: asyncio.Event = app.state.leaving

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept; uvicorn has one number for the backlog and for each turn."""
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(_WAITING)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: end connections that have had their time."""
        self.connections.look(asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Shut down, open streams first."""
        self._leaving.set()
        await super().shutdown(sockets)


def listening(settings: Settings) -> socket.socket:
    """The socket for the API and the console; HostingError when it cannot be had."""
    host, port = settings.api_host, settings.api_port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=_WAITING)
    except OSError as error:
        raise HostingError(
            f"cannot listen on {host}, port {port}: {error.strerror}; set "
            f"{variable('api_host')} and {variable('api_port')}"
        ) from None
    # Else an answer's body waits until the client has acknowledged its head: 40 ms. The event loop
    # sets this by itself only on sockets whose protocol is named; connections inherit it.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _greeting(settings: Settings, records: RecordStore, listener: socket.socket) -> list[str]:
    """The addresses, and how to create a first token where there is none."""
    host, port = listener.getsockname()[:2]
    named = f"[{host}]" if ":" in host else host
    lines = [f"  Console   {settings.public_url or f'http://{named}:{port}'} (and the API)"]
    if not settings.public_url:
        needed = variable("public_url")
        lines += [f"  Phones    cannot open its links: set {needed} to an address that they reach"]
    try:
        now = datetime.now(UTC)
        nobody = not any(token.role and token.is_valid(now) for token in records.tokens.all())
    except RecordsUnavailable as away:
        return [*lines, f"  Records   {away}"]
    if nobody:
        lines += ["  Sign in   nobody has a token yet; make one, and sign in with it:"]
        lines += [f"            {_create_token(settings)}"]
    return lines


def _create_token(settings: Settings) -> str:
    """A command for a shell in the directory where this process was started."""
    program = Path(sys.executable).with_name("standfast")
    command = [str(program)] if program.exists() else [sys.executable, "-m", "starter"]
    with contextlib.suppress(ValueError):
        command[0] = str(Path(command[0]).relative_to(Path.cwd()))
    words = [*command, "token", "create", "--name", "YOU", "--role", "administrator"]
    where = variable("data_dir")
    set_here = [f"{where}={settings.data_dir}"] if os.environ.get(where) else []
    return shlex.join(set_here + words)
