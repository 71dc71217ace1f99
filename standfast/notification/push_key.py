"""The key with which pushes are signed, by VAPID (RFC 8292): browsers take messages of no other."""

import base64
import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256."""


class PushKey:
    """A key pair on P-256 that follows from a secret."""

    def __init__(self, secret: bytes) -> None:
        """`secret`: at least 32 random bytes."""
        # 16 bytes more than the order has make every key equally likely.
        derived = HKDF(hashes.SHA256(), length=48, salt=None, info=b"standfast.push").derive(secret)
        number = int.from_bytes(derived, "big") % (_ORDER - 1) + 1
        pair = ec.derive_private_key(number, ec.SECP256R1())
        point = pair.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.private = _base64url(number.to_bytes(32, "big"))
        """What signs; never shown."""
        self.public = _base64url(point)
        """What browsers ask for: the point."""
        self.id = hashlib.sha256(point).hexdigest()[:16]
        """Tells keys apart."""


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
