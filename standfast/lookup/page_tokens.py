"""The cursors of lists: signed, so that only ours lead to the next page, and of the same list only.

A cursor holds what Temporal's server or the record store is asked for: nobody else may say that.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from standfast.intake.errors import Refused

_SIGNATURE = 16
"""Bytes: 128 bits, which nobody can guess."""
_PURPOSE = b"standfast.page"


class PageTokens:
    """Makes cursors and reads them. The first key signs; those of every key are believed.

    In both methods `listed` is what the list is of: a cursor is for no other list.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = tuple(hmac.digest(key, _PURPOSE, hashlib.sha256) for key in keys)

    def make(self, listed: Sequence[str], place: bytes) -> str:
        """The cursor of a place in a list."""
        signature = _signature(self._keys[0], listed, place)
        return base64.urlsafe_b64encode(signature + place).decode()

    def read(self, cursor: str, listed: Sequence[str], called: str) -> bytes:
        """The place that a cursor leads to. `called` is the field that it came in.

        Raises:
            Refused: it is not ours, or one of another list.
        """
        try:
            read = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True)
        except ValueError:
            read = b""
        signature, place = read[:_SIGNATURE], read[_SIGNATURE:]
        wanted = [_signature(key, listed, place) for key in self._keys]
        if not any(hmac.compare_digest(signature, each) for each in wanted):
            raise Refused(f"{called}: is not the `next` of a list like this one")
        return place


def _signature(key: bytes, listed: Sequence[str], place: bytes) -> bytes:
    whose = hashlib.sha256("\0".join(listed).encode()).digest()
    return hmac.digest(key, whose + place, hashlib.sha256)[:_SIGNATURE]
