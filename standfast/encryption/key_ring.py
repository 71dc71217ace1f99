"""The key ring: keys that encrypt the keys of incidents. The first encrypts, all decrypt."""

import hashlib
import re
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from standfast.encryption.errors import EncryptionError, MissingKey

KEY_BYTES = 32
"""Of a key, for AES-256."""

_NONCE = 12
"""Bytes that are random for each text, as GCM has them. A key may see 2^32 texts."""

_WRITTEN = re.compile(rf"[0-9a-fA-F]{{{2 * KEY_BYTES}}}")


def parse_keys(text: str) -> tuple[bytes, ...]:
    """The keys in a text, each 64 hexadecimal characters, with commas or line ends between them.

    Raises:
        ValueError: one of them is none; says which, and never what it is.
    """
    keys = []
    for number, written in enumerate(filter(None, re.split(r"[\s,]+", text)), start=1):
        if not _WRITTEN.fullmatch(written):
            raise ValueError(
                f"key {number} is not {2 * KEY_BYTES} hexadecimal characters; make one with: "
                "openssl rand -hex 32"
            )
        keys.append(bytes.fromhex(written))
    return tuple(keys)


def seal(cipher: AESGCM, text: bytes, bound_to: bytes) -> bytes:
    """The encrypted text behind its nonce; opened only with the same `bound_to`."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + cipher.encrypt(nonce, text, bound_to)


def unseal(cipher: AESGCM, sealed: bytes, bound_to: bytes, what: str) -> bytes:
    """The text again.

    Raises:
        EncryptionError: it was changed, moved, or sealed with another key; names `what`.
    """
    try:
        return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to)
    except (InvalidTag, ValueError):
        raise EncryptionError(
            f"{what} cannot be decrypted: it was changed, or belongs to something else"
        ) from None


class KeyRing:
    """The keys of this process. A key's id is a part of its hash: it reveals nothing of the key."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = {_id_of(key): AESGCM(key) for key in keys}
        self.current = _id_of(keys[0]) if keys else ""
        """The id of the key that encrypts; empty where there is no key."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys, the current one first."""
        return tuple(self._ciphers)

    def cipher(self, key_id: str) -> AESGCM:
        """The cipher of a key.

        Raises:
            MissingKey: it is not on the ring; says what to do.
        """
        try:
            return self._ciphers[key_id]
        except KeyError:
            here = ", ".join(self.ids) or "none"
            raise MissingKey(
                f"encryption key {key_id} is missing (here: {here}): add it to "
                "STANDFAST_ENCRYPTION_KEY behind the current one, or put `encryption.key` back "
                "into the data directory, and start Standfast again; what waits goes on by itself"
            ) from None


def _id_of(key: bytes) -> str:
    return hashlib.sha256(b"standfast encryption key " + key).hexdigest()[:8]
