"""Signatures of webhooks: which are good, and why the others are not."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.api.signatures import TOLERANCE, BadSignature, pagerduty_webhook, standard_webhook

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OLD = "whsec_" + base64.b64encode(b"an old secret of 24 byte").decode()
NEW = "whsec_" + base64.b64encode(b"the new secret, 24 bytes").decode()
BODY = b'{"title": "Wiki down"}'


def signed(
    secret: str, body: bytes = BODY, *, webhook_id: str = "msg_1", at: datetime = NOW
) -> dict[str, str]:
    """The headers with which a sender sends a body, by the rules of Standard Webhooks."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    seconds = str(int(at.timestamp()))
    digest = hmac.digest(key, f"{webhook_id}.{seconds}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def signed_as_pagerduty(secret: str, body: bytes = BODY) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"x-pagerduty-signature": f"v1={digest}"}


def test_the_example_of_the_standard() -> None:
    """The values that its own documentation gives."""
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    found = standard_webhook(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        headers,
        b'{"test": 2432232314}',
        datetime.fromtimestamp(1614265330, UTC),
    )
    assert found == headers["webhook-id"]


@pytest.mark.parametrize("by", [OLD, NEW])
def test_during_a_rotation_either_secret_is_good(by: str) -> None:
    assert standard_webhook([OLD, NEW], signed(by), BODY, NOW) == "msg_1"


def test_a_sender_that_signs_with_both_secrets_is_believed_by_one() -> None:
    headers = signed(OLD)
    both = f"v1a,asymmetric {headers['webhook-signature']} {signed(NEW)['webhook-signature']}"
    assert standard_webhook([NEW], headers | {"webhook-signature": both}, BODY, NOW) == "msg_1"


def test_a_secret_that_is_no_base64_is_taken_as_it_is() -> None:
    secret = "not base64!"
    digest = hmac.digest(secret.encode(), b"msg_1.%d." % NOW.timestamp() + BODY, hashlib.sha256)
    headers = signed(OLD) | {"webhook-signature": f"v1,{base64.b64encode(digest).decode()}"}
    assert standard_webhook([secret], headers, BODY, NOW) == "msg_1"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"webhook-id": "msg_2"}, "no secret"),
        ({"webhook-id": ""}, "webhook-id: is missing"),
        ({"webhook-id": "x" * 501}, "longer than"),
        ({"webhook-timestamp": ""}, "webhook-timestamp: is missing"),
        ({"webhook-timestamp": "yesterday"}, "seconds since 1970"),
        ({"webhook-timestamp": "9" * 400}, "seconds since 1970"),
        ({"webhook-timestamp": "²"}, "seconds since 1970"),
        ({"webhook-signature": ""}, "webhook-signature: is missing"),
        ({"webhook-signature": "v1,"}, "no secret"),
        ({"webhook-signature": "v1,é漢"}, "no secret"),
        ({"webhook-signature": "v2,AAAA"}, "no secret"),
    ],
)
def test_what_is_not_signed_rightly_is_refused(change: dict[str, str], why: str) -> None:
    with pytest.raises(BadSignature, match=why):
        standard_webhook([OLD], signed(OLD) | change, BODY, NOW)


def test_another_body_is_refused() -> None:
    with pytest.raises(BadSignature, match="no secret"):
        standard_webhook([OLD], signed(OLD), BODY + b" ", NOW)


@pytest.mark.parametrize("sign", [-1, 1])
def test_five_minutes_are_tolerated_either_way(sign: int) -> None:
    second = timedelta(seconds=1)
    good = signed(OLD, at=NOW + sign * TOLERANCE)
    assert standard_webhook([OLD], good, BODY, NOW) == "msg_1"
    with pytest.raises(BadSignature, match="301 s"):
        standard_webhook([OLD], signed(OLD, at=NOW + sign * (TOLERANCE + second)), BODY, NOW)


def test_pagerduty_signs_with_every_secret_it_has() -> None:
    old, new = signed_as_pagerduty("old"), signed_as_pagerduty("new")
    both = {"x-pagerduty-signature": ",".join([*old.values(), *new.values()])}
    for headers in (old, new, both):
        pagerduty_webhook(["old", "new"], headers, BODY)
    pagerduty_webhook(["new"], both, BODY)


@pytest.mark.parametrize(
    "signature", ["", "v1=", "v1=00", "v2=00", "é", "v1=" + "0" * 64, "," * 1000]
)
def test_pagerduty_signatures_that_do_not_fit(signature: str) -> None:
    with pytest.raises(BadSignature, match=r"(?i)x-pagerduty-signature"):
        pagerduty_webhook(["old"], {"x-pagerduty-signature": signature}, BODY)


@given(st.dictionaries(st.sampled_from(list(signed(OLD))), st.text()), st.binary())
def test_no_headers_are_too_odd_to_be_refused(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(BadSignature):
        standard_webhook([OLD, "secret"], headers, body, NOW)
