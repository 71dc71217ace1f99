"""The data directory, its lock, and the address of the embedded server that runs on it.

Two files: `server.lock`, an flock that ends with the processes that hold it and so is never stale,
and `server.json`, which is valid only while the lock is held.
"""

import fcntl
import logging
import os
import shlex
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ValidationError

from standfast.hosting.errors import HostingError, ServerFailed

OTHERS = 0o077
"""What the owner's group and everybody else may do: nothing, with all that Standfast writes."""

_NOT_OURS = (Path("/"), Path(os.environ.get("HOME") or "/").resolve())

_log = logging.getLogger(__name__)

RESTORING = ".restoring"
"""What is in a data directory while a backup is restored into it, and after a `kill -9` then."""

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
    """Make the data directory, for its owner alone. One that others can read is tightened.

    Raises:
        HostingError: it cannot be made, written to or tightened, or a restore did not end there.
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
    if (directory / RESTORING).exists():
        raise HostingError(unfinished_restore(directory))
    _tighten(directory)


def unfinished_restore(directory: Path) -> str:
    """That a backup is being restored there, or has been in part, and what to do."""
    return (
        f"STANDFAST_DATA_DIR: a restore into {directory} is under way, or was killed before it was "
        f"done: wait for it; else remove {directory} and restore again"
    )


def _tighten(directory: Path) -> None:
    """Take from others what they may do with the directory, and with the files in it.

    Keys, databases and attachments of versions that did not set a umask may be readable for all.
    """
    found = directory.stat()
    loose = found.st_mode & OTHERS
    if loose:
        mode = stat.filemode(found.st_mode)
        if found.st_mode & stat.S_ISVTX or directory.resolve() in _NOT_OURS:
            raise HostingError(
                f"STANDFAST_DATA_DIR: {directory} ({mode}) is not for Standfast alone; name a "
                "directory that only its user can read"
            )
        if not _is_ours(found):
            raise HostingError(
                f"STANDFAST_DATA_DIR: other users may use {directory} ({mode}), and it is not ours "
                f"to change: have its owner run `chmod 700 {shlex.quote(str(directory))}` and give "
                "it to the user of Standfast, or name a directory below it"
            )
        directory.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
        planted = "; they could also write to it" if loose & 0o022 else ""
        _log.warning("other users could read %s (%s)%s: not any more", directory, mode, planted)
    for file in directory.iterdir():
        with suppress(FileNotFoundError):  # of a process that works here too
            _tighten_file(file)


def _tighten_file(file: Path) -> None:
    found = file.lstat()
    if stat.S_ISREG(found.st_mode) and found.st_mode & OTHERS and _is_ours(found):
        file.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)


def _is_ours(found: os.stat_result) -> bool:
    return os.geteuid() in (found.st_uid, 0)


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
