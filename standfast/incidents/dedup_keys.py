"""Deduplication keys: each belongs to whoever may use it, a source or a caller.

The id of an incident is derived from its key (`incidents.ids`). So the owner is part of the key, in
front of what the sender chose: nobody reaches another's incidents by the choice of a key.

An id has 50 bits. So that nobody finds, on a computer of their own, a key whose id is that of
another's key, the keys that people choose end with a seal, by a secret of the installation. Those
of sources have none: their ids are what they always were.
"""

import base64
import hashlib
import hmac
from urllib.parse import quote

MAIL = "email"
"""The name of mail in keys; no source of a policy has it."""

LONGEST_KEY = 255
"""Characters of a key; a longer one is cut, and a hash keeps it unique."""

_KEPT_OF_A_LONG_KEY = 180
_HASH_LENGTH = 32

_SEAL = "~"
_SEAL_LENGTH = 26
"""Letters of 5 bits."""

_CALLER = "@"
"""What the keys of callers begin with, and no source's name does (`policy.section.Key`)."""

_READABLE = "@ "
"""What of a caller's name is shown as it is, beside letters and digits; never a colon."""


def incident_key(source: str, key: str) -> str:
    """The deduplication key of an incident, from a source and its own key.

    >>> incident_key("alertmanager", "a1bc48475b20e73d")
    'alertmanager:a1bc48475b20e73d'
    """
    return bounded(f"{source}:{key}")


def callers_key(secret: bytes, caller: str, key: str) -> str:
    """The deduplication key of an incident, from the name of a caller and their own key.

    Empty where the caller gives no key.

    >>> callers_key(b"secret", "rita", "alertmanager:a1bc48475b20e73d")
    '@rita:alertmanager:a1bc48475b20e73d~nxhhrzvg6sq3zyh4a5sxb7huks'
    """
    return sealed(secret, f"{_CALLER}{quote(caller, safe=_READABLE)}:{key}") if key else ""


def command_lines_key(key: str) -> str:
    """The same for the command line of the server's machine, where nobody has a name.

    It has no seal: whoever may use that may read the secret, too.

    >>> command_lines_key("disk-full/web-1")
    '@:disk-full/web-1'
    """
    return bounded(f"{_CALLER}:{key}") if key else ""


def mails_key(secret: bytes, message_id: str) -> str:
    """The deduplication key of the incident that a message of that id opens."""
    return sealed(secret, f"{MAIL}:{message_id}")


def sealed(secret: bytes, key: str) -> str:
    """`key` and its seal: only who knows the secret can tell which incident it leads to."""
    seal = hmac.digest(secret, key.encode("utf-8", "surrogatepass"), "sha256")
    letters = base64.b32encode(seal).decode()[:_SEAL_LENGTH].lower()
    return f"{bounded(key, LONGEST_KEY - len(_SEAL) - _SEAL_LENGTH)}{_SEAL}{letters}"


def is_of_a_source(key: str) -> bool:
    """Whether a source alone may use that key: it is no caller's, and not mail's."""
    return not key.startswith((_CALLER, f"{MAIL}:"))


def bounded(key: str, longest: int = LONGEST_KEY) -> str:
    """`key`; where it is too long, its beginning and a hash of all of it."""
    if len(key) <= longest:
        return key
    hashed = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_LENGTH]
    return f"{key[:_KEPT_OF_A_LONG_KEY].rstrip()}…{hashed}"
