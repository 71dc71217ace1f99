"""SMS and calls as channels: said once, found again, or said to be unknown."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from standfast.incidents.notification import Audience, Purpose
from standfast.notification.kinds.kind import KindContext
from standfast.notification.kinds.phone import PhoneKind
from standfast.notification.kinds.registry import kind_of
from standfast.notification.outgoing_message import OutgoingMessage, outgoing
from standfast.outgoing.circuit_breaker import SendResult
from standfast.phone.address import PhoneAddress
from standfast.phone.provider import Speech
from standfast.phone.providers import CALL, SMS
from standfast.phone.twilio import Twilio
from standfast.records.store import RecordStore
from tests.notification.office import numbered, page
from tests.phone.twilio_server import TOKEN, TwilioServer

DEE = "+4915112345678"
PUBLIC = "https://standfast.example"
AT_ONCE = timedelta(0)


class Died(BaseException):
    """A worker's end: nothing after it is done."""


class Dying(Twilio):
    """Twilio, asked by a worker that dies before or after it."""

    def __init__(self, after: bool) -> None:
        super().__init__()
        self._after = after

    def send_sms(self, address: PhoneAddress, text: str, status_url: str) -> str:
        if self._after:
            super().send_sms(address, text, status_url)
        raise Died

    def call(self, address: PhoneAddress, speech: Speech, keys_url: str, status_url: str) -> str:
        if self._after:
            super().call(address, speech, keys_url, status_url)
        raise Died


@pytest.fixture(scope="module")
def twilio() -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        yield server


@pytest.fixture
def made(twilio: TwilioServer) -> TwilioServer:
    """Twilio with nothing in it yet."""
    twilio.messages.clear()
    twilio.calls.clear()
    return twilio


@pytest.fixture
def context(tmp_path: Path) -> Iterator[KindContext]:
    records = RecordStore(f"sqlite:///{tmp_path}/records.db")
    yield KindContext(tmp_path / "outbox.jsonl", records=records, public_url=PUBLIC)
    records.close()


def sms(number: int = 1, **changed: Any) -> OutgoingMessage:
    return outgoing(numbered(number, **{"body": "P2 disk full."} | changed))


def send(
    server: TwilioServer,
    context: KindContext,
    message: OutgoingMessage | None = None,
    sort: str = SMS,
    asked: Twilio | None = None,
) -> SendResult:
    """Send it, as a worker that knows only what is in the record store."""
    kind = PhoneKind(asked or Twilio(), sort, AT_ONCE)
    return kind.send(server.url(sort, DEE), message or sms(), context)


def test_an_sms_ends_with_its_code_and_says_where_its_fate_goes(
    made: TwilioServer, context: KindContext
) -> None:
    assert send(made, context) == SendResult(provider_id=made.messages[0].sid)
    [message] = made.messages
    assert context.records
    [line] = context.records.phone_messages.to_answer(DEE)
    assert message.text == f"P2 disk full. Reply A {line.code} to acknowledge"
    assert message.callback == f"{PUBLIC}/intake/phone/twilio/status/{line.id}"
    assert (line.recipient, line.incident_id, line.episode) == ("dee", "INC-AAAAAAAAAA", 1)


def test_a_call_says_its_keys_and_takes_them(made: TwilioServer, context: KindContext) -> None:
    send(made, context, sort=CALL)
    [call] = made.calls
    assert context.records
    [line] = context.records.phone_messages.to_answer(DEE)
    assert f'action="{PUBLIC}/intake/phone/twilio/keys/{line.id}"' in call.twiml
    assert "Press 1 to acknowledge" in call.twiml
    assert line.code not in call.twiml
    assert line.text in call.twiml


@pytest.mark.parametrize(
    "message",
    [
        outgoing(page(purpose=Purpose.TELL, key="INC-AAAAAAAAAA:1:tell-1:1")),
        outgoing(page(audience=Audience.REPORTER)),
        outgoing(page(key="digest:dee:17")),
        outgoing(page(incident_id="")),
    ],
    ids=["news", "to a reporter", "a digest", "about none"],
)
def test_what_cannot_be_answered_has_no_code(
    made: TwilioServer, context: KindContext, message: OutgoingMessage
) -> None:
    send(made, context, message)
    send(made, context, message, CALL)
    assert made.messages[0].text == message.body
    assert "Gather" not in made.calls[0].twiml


def test_without_a_public_address_nothing_can_be_answered(
    made: TwilioServer, context: KindContext
) -> None:
    nowhere = KindContext(context.outbox, records=context.records)
    send(made, nowhere)
    send(made, nowhere, sort=CALL)
    assert made.messages[0].text == "P2 disk full."
    assert made.messages[0].callback == made.calls[0].callback == ""


@pytest.mark.parametrize("sort", [SMS, CALL])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_worker_that_dies_at_twilio_leaves_one_message(
    made: TwilioServer, context: KindContext, sort: str, after: bool
) -> None:
    with pytest.raises(Died):
        send(made, context, sort=sort, asked=Dying(after))
    result = send(made, context, sort=sort)
    kept = made.calls if sort == CALL else made.messages
    assert [each.sid for each in kept] == [result.provider_id]
    # However often it is tried again.
    assert send(made, context, sort=sort) == result
    assert len(kept) == 1


def test_a_message_of_another_key_is_not_taken_for_it(
    made: TwilioServer, context: KindContext
) -> None:
    send(made, context, sms(1))
    with pytest.raises(Died):
        send(made, context, sms(2), asked=Dying(after=False))
    assert send(made, context, sms(2)).provider_id == made.messages[1].sid
    assert made.messages[0].text == made.messages[1].text


def test_where_twilio_cannot_tell_it_is_said_that_nobody_knows(
    made: TwilioServer, context: KindContext
) -> None:
    with pytest.raises(Died):
        send(made, context, asked=Dying(after=True))
    made.refuse(503, 20503)
    try:
        result = send(made, context)
    finally:
        made.refuse(0, 0)
    assert "it is unknown whether an earlier attempt got through" in result.problem
    assert result.open_for
    assert send(made, context).provider_id == made.messages[0].sid


def test_what_twilio_took_without_an_answer_is_found_again(
    made: TwilioServer, context: KindContext
) -> None:
    made.hang()
    late = send(made, context, asked=Twilio(timedelta(seconds=0.2)))
    made.release()
    assert "did not answer in 0 s: it is unknown whether it went out" in late.problem
    assert send(made, context).provider_id == made.messages[0].sid
    assert len(made.messages) == 1


def test_what_twilio_refused_is_sent_when_it_no_longer_does(
    made: TwilioServer, context: KindContext
) -> None:
    made.refuse(400, 21610)
    try:
        result = send(made, context)
    finally:
        made.refuse(0, 0)
    assert result.problem.startswith("Twilio refused it: the recipient has sent STOP")
    made.asked.clear()
    assert send(made, context).provider_id == made.messages[0].sid
    assert made.asked == ["POST Messages"]


def test_without_the_record_store_it_goes_out_all_the_same(
    made: TwilioServer, tmp_path: Path
) -> None:
    away = RecordStore(f"sqlite:///{tmp_path}/none")
    (tmp_path / "none").mkdir()
    context = KindContext(tmp_path / "outbox.jsonl", records=away, public_url=PUBLIC)
    assert send(made, context).provider_id == made.messages[0].sid
    assert made.messages[0].text == "P2 disk full."
    away.close()


def test_what_is_wrong_with_a_url_is_a_problem_of_the_channel(context: KindContext) -> None:
    for url in (f"twilio-sms://AC1:{TOKEN}@+15005550006/{DEE}", f"twilio-sms://{DEE}"):
        result = kind_of(url).send(url, sms(), context)
        assert result.problem.startswith("its URL must begin with")
        assert TOKEN not in result.problem
