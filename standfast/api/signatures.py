"""Checks the signatures of webhooks, over the raw body.

Several secrets may be valid at once, so that sender and receiver can rotate them one after the
other. Signatures are compared in constant time.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
"""How old, or ahead of the clock, a signed webhook may be. An older one may be a replay."""

_SECRET_PREFIX = "whsec_"  # noqa: S105
_LONGEST_ID = 500
_MOST_SIGNATURES = 20


class BadSignature(Exception):  # noqa: N818
    """A webhook's signature is missing or wrong. The message holds no secret."""


def standard_webhook(
    secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime
) -> str:
    """The id of a webhook that is signed by the rules of Standard Webhooks.

    secrets: `whsec_` and base64, base64 alone, or any other text, which is taken as it is.
    headers: with names in lower case, or a mapping that does not care.

    Raises:
        BadSignature: a header is missing, it is too old, or no secret fits.
    """
    webhook_id, timestamp = _given(headers, "webhook-id"), _given(headers, "webhook-timestamp")
    signatures = _given(headers, "webhook-signature")
    if len(webhook_id) > _LONGEST_ID:
        raise BadSignature(f"webhook-id: is longer than {_LONGEST_ID} characters")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise BadSignature("webhook-timestamp: must be seconds since 1970")
    late = now.timestamp() - int(timestamp)
    if abs(late) > TOLERANCE.total_seconds():
        when = "ago" if late > 0 else "in the future"
        raise BadSignature(
            f"webhook-timestamp: was {abs(late):.0f} s {when}; {TOLERANCE.total_seconds():.0f} s "
            "are tolerated: are both clocks right?"
        )
    signed = b".".join((webhook_id.encode(), timestamp.encode(), body))
    expected = [
        base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)) for secret in secrets
    ]
    given = [
        signature.removeprefix("v1,").encode()
        for signature in signatures.split()
        if signature.startswith("v1,")
    ]
    if not _one_fits(given, expected):
        raise BadSignature("webhook-signature: no secret of this source gives it")
    return webhook_id


def pagerduty_webhook(secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> None:
    """Check a webhook that is signed as PagerDuty signs its own, version 3.

    Raises:
        BadSignature: the header is missing, or no secret fits.
    """
    signatures = _given(headers, "x-pagerduty-signature")
    expected = [
        hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode() for secret in secrets
    ]
    given = [
        signature.strip().removeprefix("v1=").lower().encode()
        for signature in signatures.split(",")
        if signature.strip().startswith("v1=")
    ]
    if not _one_fits(given, expected):
        raise BadSignature("X-PagerDuty-Signature: no secret of this source gives it")


def _given(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "").strip()
    if not value:
        raise BadSignature(f"{name}: is missing; this source signs what it sends")
    return value


def _key(secret: str) -> bytes:
    text = secret.removeprefix(_SECRET_PREFIX)
    try:
        return base64.b64decode(text, validate=True) or secret.encode()
    except (binascii.Error, ValueError):
        return secret.encode()


def _one_fits(given: Sequence[bytes], expected: Iterable[bytes]) -> bool:
    pairs = [(one, other) for one in given[:_MOST_SIGNATURES] for other in expected]
    return any(hmac.compare_digest(one, other) for one, other in pairs)
