"""Deduplication keys: each belongs to whoever may use it, a source or a caller.

The id of an incident is derived from its key (`incidents.ids`). So the owner is part of the key, in
front of what the sender chose: nobody reaches another's incidents by the choice of a key.
"""

import hashlib
from urllib.parse import quote

MAIL = "email"
"""The name of mail in keys; no source of a policy has it."""

LONGEST_KEY = 255
"""Characters of a key; a longer one is cut, and a hash keeps it unique."""

_KEPT_OF_A_LONG_KEY = 180
_HASH_LENGTH = 32

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


def callers_key(caller: str, key: str) -> str:
    """The deduplication key of an incident, from the name of a caller and their own key.

    Empty where the caller gives no key.

    >>> callers_key("rita", "alertmanager:a1bc48475b20e73d")
    '@rita:alertmanager:a1bc48475b20e73d'
    """
    return bounded(f"{_CALLER}{quote(caller, safe=_READABLE)}:{key}") if key else ""


def command_lines_key(key: str) -> str:
    """The same for the command line of the server's machine, where nobody has a name.

    >>> command_lines_key("disk-full/web-1")
    '@:disk-full/web-1'
    """
    return callers_key("", key)


def is_of_a_source(key: str) -> bool:
    """Whether a source alone may use that key: it is no caller's, and not mail's."""
    return not key.startswith((_CALLER, f"{MAIL}:"))


def bounded(key: str) -> str:
    """`key`; where it is too long, its beginning and a hash of all of it."""
    if len(key) <= LONGEST_KEY:
        return key
    hashed = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_LENGTH]
    return f"{key[:_KEPT_OF_A_LONG_KEY].rstrip()}…{hashed}"
