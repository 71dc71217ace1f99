"""Web Push: a message to one browser, encrypted for it (RFC 8291), by its push service (RFC 8030).

The push service sees when a message goes to which browser, and nothing of what it says.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import requests

from standfast.notification.connections import kept_connections
from standfast.notification.http_answers import asked_pause, refusal
from standfast.notification.push_key import PushKey
from standfast.notification.push_services import PushServices
from standfast.outgoing.circuit_breaker import OPEN_FOR, SendResult
from standfast.records.push_devices import GONE, Subscription

_ANSWERS_WITHIN = timedelta(seconds=8)

_LONGEST = 3_500
"""Bytes of a message before it is encrypted; services take 4,096 after it."""

_GONE = (404, 410)
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
_POINT, _AUTH = 65, 16


class Urgency(StrEnum):
    """How much it matters that a sleeping phone shows it: RFC 8030, section 5.3."""

    NORMAL = "normal"
    HIGH = "high"


class Push(NamedTuple):
    """A message to a browser.

    content: what our service worker shows, as JSON.
    topic: at the service a later message takes the place of an earlier one with the same; at most
        32 letters, digits, hyphens and underscores.
    """

    content: Mapping[str, Any]
    topic: str
    urgency: Urgency
    lives_for: timedelta


class PushResult(NamedTuple):
    """How it ended. `gone`: the browser wants no more, for good."""

    sent: SendResult
    gone: bool = False


class PushSender:
    """Sends to browsers; blocks for as long as the push service takes."""

    def __init__(self, key: PushKey, services: PushServices, contact: str) -> None:
        """`contact`: whom a push service can write to, an https or a mailto address."""
        self.key = key
        self.services = services
        self._contact = contact

    def send(self, subscription: Subscription, push: Push) -> PushResult:
        """Hand a message to the push service of a browser."""
        if not self.services.know(subscription.endpoint):
            return PushResult(SendResult("its push service is not one that we know"))
        if subscription.push_key != self.key.id:
            return PushResult(
                SendResult(
                    "it was added with another key: STANDFAST_PUSH_KEY must be the same wherever "
                    "Standfast runs; add the device anew"
                )
            )
        # It brings an HTTP library of its own: only whoever pushes loads it.
        from pywebpush import WebPushException, webpush

        keys = {"p256dh": subscription.public_key, "auth": subscription.auth}
        try:
            answer = webpush(
                {"endpoint": subscription.endpoint, "keys": keys},
                data=written(push.content),
                vapid_private_key=self.key.private,
                vapid_claims={"aud": _origin(subscription.endpoint), "sub": self._contact},
                headers={"Topic": push.topic, "Urgency": push.urgency},
                ttl=int(push.lives_for.total_seconds()),
                timeout=_ANSWERS_WITHIN.total_seconds(),
                requests_session=_Session(),
            )
        except WebPushException as refused:
            answer = refused.response
        except requests.Timeout:
            seconds = _ANSWERS_WITHIN.total_seconds()
            return PushResult(SendResult(f"did not answer in {seconds:.0f} s", OPEN_FOR))
        except requests.RequestException:
            return PushResult(SendResult("could not be reached"))
        if answer is None:
            return PushResult(SendResult("its keys cannot be used"))
        return _result(answer)


def subscription_problem(subscription: Subscription, services: PushServices) -> str:
    """Why a browser's subscription cannot be used; empty where it can."""
    from cryptography.hazmat.primitives.asymmetric import ec

    if not services.know(subscription.endpoint):
        return "This browser uses a push service that Standfast does not know."
    point, auth = _decoded(subscription.public_key), _decoded(subscription.auth)
    if len(auth) != _AUTH or len(point) != _POINT:
        return "This browser gave keys that cannot be used."
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return "This browser gave keys that cannot be used."
    return ""


def written(content: Mapping[str, Any]) -> bytes:
    """The content as JSON; of one that is too long the text is cut."""
    text = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    if len(text) <= _LONGEST:
        return text
    body = str(content.get("body", "")).encode("utf-8", "replace")
    kept = body[: max(0, len(body) - (len(text) - _LONGEST) - 100)].decode("utf-8", "ignore")
    shorter = {**content, "body": f"{kept}…"}
    return json.dumps(shorter, ensure_ascii=False).encode("utf-8", "replace")


class _Session(requests.Session):
    """Follows no redirect: a push service answers itself."""

    def __init__(self) -> None:
        super().__init__()
        for scheme in ("http://", "https://"):
            self.mount(scheme, kept_connections())

    def request(self, *what: Any, **how: Any) -> requests.Response:
        return super().request(*what, **{**how, "allow_redirects": False})


def _result(answer: requests.Response) -> PushResult:
    if answer.status_code in _GONE:
        return PushResult(SendResult(GONE), gone=True)
    if refused := refusal([answer]):
        return PushResult(SendResult(refused, asked_pause([answer])))
    return PushResult(SendResult())


def _origin(endpoint: str) -> str:
    scheme, _, rest = endpoint.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def _decoded(text: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", text, re.ASCII):
        return b""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return b""
