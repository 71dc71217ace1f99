"""The cursors of lists: sealed, so that only ours lead to the next page, and of the same list only.

A cursor holds what Temporal's server or the record store is asked for: nobody else may say that.
Nobody reads it either: how well a word fits tells in how many incidents it is, also of those that
one does not find.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from standfast.encryption.errors import EncryptionError
from standfast.encryption.key_ring import seal, unseal
from standfast.intake.errors import Invalid

_PURPOSE = b"standfast.page"


class PageTokens:
    """Makes cursors and reads them. The first key seals; those of every key are believed.

    In both methods `listed` is what the list is of: a cursor is for no other list.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        derived = (hmac.digest(key, _PURPOSE, hashlib.sha256) for key in keys)
        self._ciphers = tuple(map(AESGCM, derived))

    def make(self, listed: Sequence[str], place: bytes) -> str:
        """The cursor of a place in a list."""
        sealed = seal(self._ciphers[0], place, _bound_to(listed))
        return base64.urlsafe_b64encode(sealed).decode()

    def read(self, cursor: str, listed: Sequence[str], called: str) -> bytes:
        """The place that a cursor leads to. `called` is the field that it came in.

        Raises:
            Invalid: it is not ours, or one of another list.
        """
        try:
            sealed = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True)
        except ValueError:
            sealed = b""
        for cipher in self._ciphers:
            try:
                return unseal(cipher, sealed, _bound_to(listed), "the cursor")
            except EncryptionError:
                continue
        raise Invalid(f"{called}: is not the `next` of a list like this one")


def _bound_to(listed: Sequence[str]) -> bytes:
    return hashlib.sha256("\0".join(listed).encode()).digest()
