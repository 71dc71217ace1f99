"""Twilio behind our interface, against a local one: what it is asked, says and signs."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.phone.address import NotAnAddress, PhoneAddress, address_of, tidy_number
from standfast.phone.provider import Form, PhoneProblem, PhoneState, Speech
from standfast.phone.providers import provider_of
from standfast.phone.twilio import Twilio
from tests.phone.twilio_server import (
    ACCOUNT,
    OURS,
    TOKEN,
    TwilioServer,
    answered_by,
    call_status,
    key_pressed,
    signed,
    sms_from,
    sms_status,
)

ANA = "+4915112345678"
HOOK = "https://standfast.example/intake/phone/twilio/sms"


@pytest.fixture(scope="module")
def server() -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        yield server


def ana(server: TwilioServer, sort: str = "sms", **options: str) -> PhoneAddress:
    return address_of(server.url(sort, ANA, **options))


def test_an_sms_goes_out_and_is_found_again(server: TwilioServer) -> None:
    sid = Twilio().send_sms(ana(server), "P1 Mail is down. Reply A 4711", "https://s.example/x")
    message = server.messages[-1]
    assert (message.sid, message.to, message.text) == (sid, ANA, "P1 Mail is down. Reply A 4711")
    assert message.callback == "https://s.example/x"
    found = Twilio().sms_sent(ana(server))
    assert found[0][:1] + found[0][2:] == (sid, message.text)
    assert abs(found[0].at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_call_says_it_twice_takes_keys_and_looks_for_machines(server: TwilioServer) -> None:
    address = ana(server, "call", language="de-DE", voice="Polly.Vicki")
    speech = Speech("Mail is down. Press 1 to acknowledge.", address.language, address.voice)
    sid = Twilio().call(address, speech, "https://s.example/keys/1", "https://s.example/x")
    call = server.calls[-1]
    assert call.sid == sid
    assert call.form["AsyncAmd"] == "true"
    assert call.form["AsyncAmdStatusCallback"] == call.callback == "https://s.example/x"
    said = ElementTree.fromstring(call.twiml)
    gathers = said.findall("Gather")
    assert [each.get("action") for each in gathers] == ["https://s.example/keys/1"] * 2
    assert [each.findtext("Say") for each in gathers] == [speech.text] * 2
    assert {(each.get("language"), each.get("voice")) for each in said.iter("Say")} == {
        ("de-DE", "Polly.Vicki")
    }
    assert [each.id for each in Twilio().calls_made(address)] == [sid]


def test_without_keys_a_call_says_it_and_ends(server: TwilioServer) -> None:
    Twilio().call(ana(server, "call"), Speech("Mail & <all> is down"), "", "")
    call = server.calls[-1]
    assert "AsyncAmd" not in call.form
    assert ElementTree.fromstring(call.twiml).findtext("Say") == "Mail  and  all is down"
    assert "Gather" not in call.twiml


@pytest.mark.parametrize(
    ("status", "code", "words", "in_doubt", "pauses"),
    [
        (400, 21610, "has sent STOP", False, False),
        (400, 21408, "SMS to this country are off", False, False),
        (400, 21606, "our number is not one of this account", False, False),
        (401, 20003, "do not fit together", False, False),
        (429, 20429, "too many requests", False, True),
        (400, 29999, "error 29999, see twilio.com/docs/api/errors/29999", False, False),
        (500, 20500, "error 20500", True, False),
        (503, 20503, "error 20503", True, True),
    ],
)
def test_what_twilio_refuses_is_said_in_words(
    server: TwilioServer, status: int, code: int, words: str, in_doubt: bool, pauses: bool
) -> None:
    server.refuse(status, code)
    try:
        with pytest.raises(PhoneProblem, match=words) as problem:
            Twilio().send_sms(ana(server), "x", "")
    finally:
        server.refuse(0, 0)
    assert (problem.value.in_doubt, problem.value.open_for is not None) == (in_doubt, pauses)
    assert not any(part in str(problem.value) for part in (ACCOUNT, TOKEN, OURS, ANA))


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, b"<html>a proxy's page</html>"),
        (201, b""),
        (201, b"[]"),
        (201, b'{"sid": null}'),
        (200, b'{"sid": "SM1", "messages": [{"sid": 5, "direction": "outbound"}], "calls": [1]}'),
        (200, b'{"messages": null, "calls": null}'),
        (302, b""),
        (500, b'{"type": "t", "title": "x", "status": "500", "code": 20500}'),
        (502, b"<html>Bad Gateway</html>"),
    ],
)
def test_an_answer_that_is_none_leaves_it_in_doubt(
    server: TwilioServer, status: int, answer: bytes
) -> None:
    server.garbage = (status, answer)
    twilio, address = Twilio(), ana(server)
    try:
        for ask in (
            lambda: twilio.send_sms(address, "x", ""),
            lambda: twilio.call(address, Speech("x"), "", ""),
            lambda: twilio.sms_sent(address),
            lambda: twilio.calls_made(address),
        ):
            with pytest.raises(PhoneProblem) as problem:
                ask()
            assert problem.value.in_doubt
    finally:
        server.garbage = None


def test_what_is_refused_in_another_form_is_said_as_well(server: TwilioServer) -> None:
    server.garbage = (400, b'{"type": "t", "title": "x", "status": 400, "code": 21610}')
    try:
        with pytest.raises(PhoneProblem, match="has sent STOP") as problem:
            Twilio().send_sms(ana(server), "x", "")
        server.garbage = (404, b"not found")
        with pytest.raises(PhoneProblem, match=r"refused it: HTTP status 404$"):
            Twilio().send_sms(ana(server), "x", "")
    finally:
        server.garbage = None
    assert not problem.value.in_doubt


def test_nothing_of_it_is_logged(server: TwilioServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        Twilio().send_sms(ana(server), "P1 Mail is down", "")
        with pytest.raises(PhoneProblem):
            Twilio().send_sms(ana(server)._replace(secret="0" * 32), "P1 Mail is down", "")
    assert not any(part in caplog.text for part in (TOKEN, ANA, "Mail is down"))


def test_nobody_there_is_in_doubt_only_after_the_request_went_out() -> None:
    with TwilioServer() as gone:
        address = ana(gone)
    with pytest.raises(PhoneProblem, match="could not be reached"):
        Twilio().send_sms(address, "x", "")


def test_a_hanging_twilio_is_waited_for_only_so_long() -> None:
    with TwilioServer() as slow:
        slow.hang()
        with pytest.raises(PhoneProblem, match="did not answer") as problem:
            Twilio(timedelta(seconds=0.2)).send_sms(ana(slow), "x", "")
    assert problem.value.in_doubt


WRONG_URLS = {
    "twilio-sms://": "account and its secret",
    f"twilio-sms://{ACCOUNT}@{OURS}/{ANA}": "account and its secret",
    f"twilio-sms://{ACCOUNT}:{TOKEN}@{OURS}": "our number and theirs",
    f"twilio-sms://{ACCOUNT}:{TOKEN}@{OURS}/0151-23": "no number: write it as",
    f"twilio-sms://{ACCOUNT}:{TOKEN}@{OURS}/{ANA}/{ANA}": "our number and theirs",
    f"twilio-sms://{ACCOUNT}:{TOKEN}@{OURS}/{ANA}?api=http://evil.example": "not an https address",
    f"twilio-sms://{ACCOUNT}:{TOKEN}@{OURS}/{ANA}?from=1": "unknown option 'from'",
    f"twilio-call://{ACCOUNT}:{TOKEN}@{OURS}/{ANA}?language=German!": "`language` that cannot be",
    f"twilio-call://{ACCOUNT}:{TOKEN}@{OURS}/{ANA}?voice=<x>": "`voice` that cannot be",
    f"twilio-sms://{ACCOUNT}:{TOKEN}@{OURS}/{ANA}?hourly=0": "`hourly` that cannot be one",
    f"twilio-sms://{ACCOUNT}:{TOKEN}@{OURS}/{ANA}?hourly=10000": "`hourly` that cannot be",
    f"twilio-sms://SK{'0' * 32}:{TOKEN}@{OURS}/{ANA}": "API key in place of the Account SID",
    f"twilio-sms://{ACCOUNT}0:{TOKEN}@{OURS}/{ANA}": "Account SID: AC and 32",
    f"twilio-sms://{ACCOUNT}:hunter2@{OURS}/{ANA}": "Auth Token that cannot be one",
    f"twilio-sms://{ACCOUNT}:{TOKEN}@Standfast/{ANA}": "sender that cannot be ours",
    f"twilio-call://{ACCOUNT}:{TOKEN}@MG{'0' * 32}/{ANA}": "which cannot call",
    f"twilio-sms://{ACCOUNT}:{TOKEN}@{ANA[1:]}/{ANA}": "the same number twice",
}


@pytest.mark.parametrize(("url", "words"), WRONG_URLS.items())
def test_what_is_wrong_with_a_url_is_said_without_its_secret(url: str, words: str) -> None:
    try:
        problem = Twilio().problem_of(address_of(url), is_call=url.startswith("twilio-call"))
    except NotAnAddress as wrong:
        problem = str(wrong)
    assert words in problem
    assert not any(part in problem for part in (TOKEN, "hunter2", ANA))


@pytest.mark.parametrize("ours", [OURS, "15005550006", "%2B15005550006", f"MG{'0' * 32}"])
def test_our_number_may_be_written_in_several_ways(ours: str) -> None:
    address = address_of(f"twilio-sms://{ACCOUNT}:{TOKEN}@{ours}/%2B49%20151%2012345678")
    assert Twilio().problem_of(address, is_call=False) == ""
    assert address.number == ANA == tidy_number("49 (151) 123-45678")


def test_a_webhook_is_believed_only_with_its_signature() -> None:
    form = sms_from(ANA, "A 4711", "SM1")
    headers = {name.lower(): value for name, value in signed(HOOK, form).items()}

    def believed(url: str = HOOK, token: str = TOKEN, **changed: str) -> bool:
        return Twilio().is_signed(token, url, headers, Form((form | changed).items()))

    assert believed()
    assert not believed(url=HOOK.replace("https", "http"))
    assert not believed(url=f"{HOOK}?x=1")
    assert not believed(token="0" * 32)
    assert not believed(Body="A 0815")
    assert not believed(Extra="1")
    # With the usual port, which is there or not; and only in the order in which it was asked.
    for there, here, is_good in (
        (HOOK.replace(".example", ".example:443"), HOOK, True),
        (HOOK.replace(".example", ".example:8443"), HOOK, False),
        (f"{HOOK}?language=de&voice=x", f"{HOOK}?language=de&voice=x", True),
        (f"{HOOK}?language=de&voice=x", f"{HOOK}?voice=x&language=de", False),
    ):
        headers["x-twilio-signature"] = signed(there, form)["X-Twilio-Signature"]
        assert believed(url=here) is is_good, (there, here)
    headers["x-twilio-signature"] = ""
    assert not believed()
    headers["x-twilio-webhooks-signature-settings"] = "key=x,algorithm=NONE"
    assert not believed()


def test_what_webhooks_say(server: TwilioServer) -> None:
    twilio = Twilio()
    twilio.send_sms(ana(server), "x", "")
    twilio.call(ana(server, "call"), Speech("x"), "", "")
    message, call = server.messages[-1], server.calls[-1]

    def read(form: dict[str, str]) -> Form:
        return Form(form.items())

    reply = twilio.sms_reply(read(sms_from(ANA, "A 4711", "SM1")))
    assert reply == ("SM1", ANA, "A 4711")
    assert twilio.sms_reply(read(sms_from(ANA, "HALT") | {"OptOutType": "STOP"})) is None
    # Without Advanced Opt-Out they come like any other SMS.
    assert not any(
        twilio.sms_reply(read(sms_from(ANA, word))) for word in ("Stop ", "END", "start")
    )
    assert twilio.sms_reply(read(sms_from(ANA, "yes", "SM1"))) == ("SM1", ANA, "yes")
    assert twilio.sms_reply(read(sms_from(ANA, "4711 end", "SM1"))) is not None
    assert twilio.key_press(read(key_pressed(call, "1"))) == (call.sid, ANA, "1")
    told = {
        status: twilio.status_report(read(sms_status(message, status, error)))[2:]
        for status, error in (("queued", ""), ("sent", ""), ("delivered", ""), ("failed", "30006"))
    }
    assert told == {
        "queued": (None, ""),
        "sent": (PhoneState.SENT, ""),
        "delivered": (PhoneState.DELIVERED, ""),
        "failed": (
            PhoneState.FAILED,
            "it is a landline, or its carrier takes no SMS (error 30006)",
        ),
    }
    assert [
        twilio.status_report(read(call_status(call, status)))[2]
        for status in ("initiated", "ringing", "in-progress", "busy", "no-answer", "completed")
    ] == [None, PhoneState.SENT, PhoneState.DELIVERED, PhoneState.FAILED, PhoneState.FAILED, None]
    assert twilio.status_report(read(answered_by(call, "machine_start"))).detail == (
        "an answering machine picked up"
    )
    assert twilio.status_report(read(answered_by(call, "human"))).state is PhoneState.DELIVERED
    assert twilio.status_report(Form([])) == ("", "", None, "")


def test_a_provider_is_found_by_its_urls() -> None:
    assert isinstance(provider_of("TWILIO-sms://x"), Twilio)
    assert provider_of("twilio://x") is provider_of("mailto://x") is provider_of("nobody-sms://x")


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=2_000))
def test_whatever_is_said_can_be_read(text: str) -> None:
    """Also half a character, which a model may have cut off, or a NUL."""
    twilio = Twilio()
    for said in (text, f"{text}\ud83d\x00"):
        twiml = twilio.spoken(Speech(said), "https://s.example/keys")
        assert len(ElementTree.fromstring(twiml).findall("Gather/Say")) == 2
        assert len(twiml) < 4_000
        ElementTree.fromstring(twilio.sms_answer(said))
