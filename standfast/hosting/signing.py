"""The keys that sign cookies, cursors and one-click links: from the settings, or a generated file.

Whoever has a key can answer for any reporter, so it is never shown, and no error quotes it.
"""

import errno
import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path

from standfast.hosting import data_directory
from standfast.hosting.errors import BadSetting, HostingError
from standfast.hosting.settings import Settings, variable

_log = logging.getLogger(__name__)

_FILE = "signing.key"
_SHORTEST = 32
"""Characters of a key: as many as 16 random bytes have in hexadecimal."""


def signing_keys(settings: Settings) -> tuple[bytes, ...]:
    """At least one key; the first signs, and signatures of all of them are valid.

    Without one in the settings it is the key in the data directory, generated when first needed.

    Raises:
        BadSetting: a key in the settings is too short.
        HostingError: the file in the data directory cannot be made or read.
    """
    if settings.signing_key is None:
        return (_of_data_directory(settings.data_dir),)
    named = [key.strip() for key in settings.signing_key.get_secret_value().split(",")]
    keys = [key for key in named if key]
    for number, key in enumerate(keys, start=1):
        if len(key) < _SHORTEST:
            raise BadSetting(
                f"{variable('signing_key')}: key {number} has {len(key)} characters, fewer than "
                f"{_SHORTEST}; make one with: openssl rand -hex 32"
            )
    if not keys:
        raise BadSetting(f"{variable('signing_key')}: there is no key in it; name one, or unset it")
    return tuple(key.encode() for key in keys)


def _of_data_directory(directory: Path) -> bytes:
    """The key in the data directory; if several processes generate one, the first wins."""
    file = directory / _FILE
    try:
        if not os.path.lexists(file):
            data_directory.create(directory)
            _make(file)
        key = _read(file).strip()
    except OSError as error:
        why = "is a symbolic link" if error.errno == errno.ELOOP else error.strerror
        raise HostingError(f"{file}, which signs sessions and links: {why}") from None
    if len(key) < _SHORTEST:
        raise HostingError(
            f"{file} holds no key that could sign anything; remove it, and a new one is made: "
            "sessions and links that the old one signed end with it"
        )
    return key


def _read(file: Path) -> bytes:
    """What only we can have written, and only we can read.

    Raises:
        HostingError: somebody else may have put it there.
    """
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as opened:
        found = os.fstat(opened.fileno())
        if found.st_uid not in (os.geteuid(), 0) and os.geteuid() != 0:
            raise HostingError(
                f"{file}, which signs links and cookies, belongs to another user, who knows it: "
                "remove it, and a new one is made"
            )
        if found.st_mode & data_directory.OTHERS:
            os.fchmod(opened.fileno(), 0o600)
            _log.warning(
                "other users could read %s: not any more, but whoever did can make links; to "
                "change it, remove it and start again",
                file,
            )
        return opened.read()


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
