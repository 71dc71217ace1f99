"""A secret in the data directory: made when it is first needed, for its owner alone."""

import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path

from standfast.hosting import data_directory
from standfast.hosting.errors import HostingError

_log = logging.getLogger(__name__)


def read_or_make(file: Path, *, use: str, foreign: str, loose: str) -> bytes:
    """What is in the file; 64 random hexadecimal characters if there was none.

    If several processes make one, the first wins, and all read the same.

    use: what the key does, in words. foreign: what to do where it belongs to another user. loose:
    what it means that others could read it.

    Raises:
        OSError: it cannot be made or read; ELOOP where it is a symbolic link.
        HostingError: its directory cannot be made, or somebody else may have put it there.
    """
    if not os.path.lexists(file):
        data_directory.create(file.parent)
        _make(file)
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as opened:
        found = os.fstat(opened.fileno())
        if found.st_uid not in (os.geteuid(), 0) and os.geteuid() != 0:
            raise HostingError(
                f"{file}, which {use}, belongs to another user, who knows it: {foreign}"
            )
        if found.st_mode & data_directory.OTHERS:
            os.fchmod(opened.fileno(), 0o600)
            _log.warning("other users could read %s: not any more, but %s", file, loose)
        return opened.read().strip()


def _make(file: Path) -> None:
    """Write a key atomically, readable only for its owner, unless there is one already."""
    new = file.with_name(f"{file.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as made:
            made.write(secrets.token_hex(32).encode() + b"\n")
            made.flush()
            os.fsync(made.fileno())
        # Unlike a rename, a link never replaces a key that others may use already.
        with suppress(FileExistsError):
            os.link(new, file)
    finally:
        new.unlink(missing_ok=True)
    directory = os.open(file.parent, os.O_RDONLY)
    try:
        # A key that a power cut took back would leave what it encrypted unreadable.
        os.fsync(directory)
    finally:
        os.close(directory)
