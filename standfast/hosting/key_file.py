"""A secret in the data directory: made when it is first needed, for its owner alone."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from standfast.hosting import data_directory


def read_or_make(file: Path) -> bytes:
    """What is in the file; 64 random hexadecimal characters if there was none.

    If several processes make one, the first wins, and all read the same.

    Raises:
        OSError: it cannot be made or read.
        HostingError: its directory cannot be made.
    """
    if not file.exists():
        data_directory.create(file.parent)
        _make(file)
    return file.read_bytes().strip()


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
