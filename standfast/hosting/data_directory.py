"""The data directory, its lock, and the address of the embedded server that runs on it.

Two files: `server.lock`, an flock that ends with the processes that hold it and so is never stale,
and `server.json`, which is valid only while the lock is held.
"""

import fcntl
import os
import time
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ValidationError

from standfast.hosting.errors import HostingError, ServerFailed

_LOCK = "server.lock"
_RECORD = "server.json"
_MOMENT = 1.0
"""Seconds to wait for a lock: a check whether a server runs holds it for an instant."""
_ENDING = 15.0
"""Seconds to wait for it when its worker is dead and the server is just ending."""


class ServerRecord(BaseModel):
    """The address of a data directory's embedded server, and the worker that runs it.

    server_pid: None while it is being started.
    address: of gRPC, such as `127.0.0.1:7233`.
    http_address: of its HTTP API, which answers under the name `http_host` only: 128 random bits,
        which no web page can guess.
    """

    worker_pid: int
    server_pid: int | None = None
    address: str
    http_address: str
    http_host: str
    namespace: str


def create(directory: Path) -> None:
    """Make the data directory, for its owner alone.

    Raises:
        HostingError: it cannot be made or written to.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise HostingError(f"STANDFAST_DATA_DIR: {directory} is a file; name a directory") from None
    except OSError as error:
        raise HostingError(
            f"STANDFAST_DATA_DIR: cannot make {directory}: {error.strerror}"
        ) from None
    if not os.access(directory, os.W_OK | os.X_OK):
        raise HostingError(f"STANDFAST_DATA_DIR: no permission to write to {directory}")


def lock(directory: Path) -> IO[bytes]:
    """Take the lock for running a server here, until the returned file is closed.

    The lock belongs to the open file, so a child that inherits it keeps the directory locked
    even when its parent is killed.

    Raises:
        ServerFailed: another process holds it; names who.
    """
    file = (directory / _LOCK).open("ab")
    began = time.monotonic()
    while not _locked(file, fcntl.LOCK_EX):
        holder = _read(directory)
        patience = _ENDING if holder and not _lives(holder.worker_pid) else _MOMENT
        if time.monotonic() - began > patience:
            file.close()
            who = (
                f"worker process {holder.worker_pid}, at {holder.address}"
                if holder
                else "another process"
            )
            raise ServerFailed(
                f"a Temporal server already runs on {directory} ({who}); stop it first, or set "
                "STANDFAST_DATA_DIR to another directory"
            )
        time.sleep(0.05)
    file.truncate(0)  # the output of the last server
    return file


def write_record(directory: Path, record: ServerRecord) -> None:
    """Write the server's address, atomically."""
    new = directory / f"{_RECORD}.new"
    new.write_text(record.model_dump_json(indent=2) + "\n")
    new.replace(directory / _RECORD)


def forget_record(directory: Path) -> None:
    """Remove the record of a server that has ended."""
    (directory / _RECORD).unlink(missing_ok=True)


def running_server(directory: Path) -> ServerRecord | None:
    """The server that runs on this data directory now; None when none does."""
    try:
        file = (directory / _LOCK).open("rb")
    except OSError:
        return None
    with file:
        return None if _locked(file, fcntl.LOCK_SH) else _read(directory)


def _locked(file: IO[bytes], how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _read(directory: Path) -> ServerRecord | None:
    try:
        return ServerRecord.model_validate_json((directory / _RECORD).read_bytes())
    except (OSError, ValidationError):
        # Missing, or of another version: the server is just starting or stopping.
        return None
