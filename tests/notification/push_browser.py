"""A browser that gets pushes: it checks who signed one (RFC 8292), and decrypts it (RFC 8291)."""

import base64
import json
import time
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from standfast.notification.push_key import PushKey
from standfast.records.push_devices import Subscription
from tests.http_sink import Received

_CURVE = ec.SECP256R1()


class PushBrowser:
    """Its push service is at `origin`; `expects` is the only key whose pushes it shows."""

    def __init__(self, origin: str, expects: PushKey, name: str = "phone") -> None:
        self.origin = origin
        self.path = f"/push/{name}"
        self._expects = expects
        self._private = ec.generate_private_key(_CURVE)
        self._point = _point_of(self._private.public_key())
        self._auth = b"sixteen letters."

    @property
    def subscription(self) -> Subscription:
        """What it gives to the console."""
        return Subscription(
            f"{self.origin}{self.path}",
            base64url(self._point),
            base64url(self._auth),
            self._expects.id,
        )

    def opens(self, push: Received) -> dict[str, Any]:
        """What a push says; AssertionError where a push service or a browser would drop it."""
        assert push.path == self.path
        self._check_sender(push.headers["authorization"])
        assert push.headers["content-encoding"] == "aes128gcm"
        assert int(push.headers["ttl"]) > 0
        assert len(push.body) <= 4_096
        told: dict[str, Any] = json.loads(self._decrypted(push.body))
        return told

    def _check_sender(self, authorization: str) -> None:
        scheme, _, rest = authorization.partition(" ")
        given = dict(part.strip().split("=", 1) for part in rest.split(","))
        assert scheme == "vapid"
        assert given["k"] == self._expects.public
        signed, _, signature = given["t"].rpartition(".")
        raw = _bytes(signature)
        r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        public = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, _bytes(given["k"]))
        public.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(hashes.SHA256()))
        header, claims = (json.loads(_bytes(part)) for part in signed.split("."))
        assert header["alg"] == "ES256"
        assert claims["aud"] == self.origin
        assert claims["sub"].startswith(("mailto:", "https:"))
        assert 0 < claims["exp"] - time.time() <= 24 * 3600

    def _decrypted(self, body: bytes) -> bytes:
        salt, length = body[:16], body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        other = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, sender)
        shared = self._private.exchange(ec.ECDH(), other)
        info = b"WebPush: info\0" + self._point + sender
        secret = _hkdf(self._auth, shared, info, 32)
        key = _hkdf(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _hkdf(salt, secret, b"Content-Encoding: nonce\0", 12)
        text = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert text.endswith(b"\2"), "the last record ends with a 2"
        return text[:-1]


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)
