"""What pushes to browsers are sent with: the key of this installation, and where they may go."""

import errno
import re
from functools import cache

from standfast.hosting import key_file
from standfast.hosting.errors import BadSetting, HostingError
from standfast.hosting.settings import Settings, variable
from standfast.notification.push_key import PushKey
from standfast.notification.push_services import PushServices
from standfast.notification.web_push import PushSender

_FILE = "push.key"
_KEY = re.compile(r"[0-9a-fA-F]{64}")

_NOBODY = "mailto:operator@standfast.invalid"
"""Whom push services can write to, where nobody has said where the console is."""


def push_key(settings: Settings) -> PushKey:
    """The key in the settings, else that in the data directory, generated when first needed.

    Raises:
        BadSetting: the key in the settings is none.
        HostingError: the file in the data directory cannot be made or read, or holds none.
    """
    if given := given_push_key(settings):
        return given
    file = settings.data_dir / _FILE
    try:
        found = key_file.read_or_make(
            file,
            use="signs pushes to browsers",
            foreign="remove it, and a new one is made; every device is then added anew",
            loose="whoever did can push to devices whose addresses they know",
        ).decode("ascii", "replace")
    except OSError as error:
        why = "is a symbolic link" if error.errno == errno.ELOOP else error.strerror
        raise HostingError(f"{file}, which signs pushes to browsers: {why}") from None
    if not _KEY.fullmatch(found):
        raise HostingError(
            f"{file} holds no key; remove it, and a new one is made: every device is then added "
            "anew"
        )
    return PushKey(bytes.fromhex(found))


def given_push_key(settings: Settings) -> PushKey | None:
    """The key in the settings; None where there is none. BadSetting: as `push_key`."""
    if settings.push_key is None:
        return None
    given = settings.push_key.get_secret_value().strip()
    if not _KEY.fullmatch(given):
        raise BadSetting(
            f"{variable('push_key')}: must be 64 hexadecimal characters; make one with: "
            "openssl rand -hex 32"
        )
    return PushKey(bytes.fromhex(given))


@cache
def push_sender(settings: Settings) -> PushSender:
    """Sends to browsers with these settings. Raises as `push_key` does."""
    contact = settings.public_url or ""
    return PushSender(
        push_key(settings),
        push_services(settings),
        contact if contact.startswith("https:") else _NOBODY,
    )


def push_services(settings: Settings) -> PushServices:
    """Where messages to browsers may go."""
    return PushServices(each.strip() for each in settings.push_services.split(",") if each.strip())
