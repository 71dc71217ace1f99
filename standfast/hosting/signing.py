"""The keys that sign cookies, cursors and one-click links: from the settings, or a generated file.

Whoever has a key can answer for any reporter, so it is never shown, and no error quotes it.
"""

import errno
from pathlib import Path

from standfast.hosting import key_file
from standfast.hosting.errors import BadSetting, HostingError
from standfast.hosting.settings import Settings, variable

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
        key = key_file.read_or_make(
            file,
            use="signs links and cookies",
            foreign="remove it, and a new one is made",
            loose="whoever did can make links; to change it, remove it and start again",
        )
    except OSError as error:
        why = "is a symbolic link" if error.errno == errno.ELOOP else error.strerror
        raise HostingError(f"{file}, which signs sessions and links: {why}") from None
    if len(key) < _SHORTEST:
        raise HostingError(
            f"{file} holds no key that could sign anything; remove it, and a new one is made: "
            "sessions and links that the old one signed end with it"
        )
    return key
