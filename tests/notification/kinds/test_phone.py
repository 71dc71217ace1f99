"""SMS and calls as channels: said once, found again, or said to be unknown."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from standfast.incidents.notification import Audience, Notification, Purpose
from standfast.notification.kinds.kind import KindContext
from standfast.notification.kinds.phone import PhoneKind
from standfast.notification.kinds.registry import kind_of
from standfast.notification.outgoing_message import outgoing
from standfast.outgoing.circuit_breaker import SendResult
from standfast.phone.address import PhoneAddress
from standfast.phone.provider import Speech
from standfast.phone.providers import CALL, SMS
from standfast.phone.twilio import Twilio
from standfast.policy.pages import Replies
from standfast.records.phone_messages import PhoneMessage
from standfast.records.store import RecordStore
from standfast.records.tables import phone_messages
from tests.empty_records import empty_records
from tests.notification.office import numbered, page
from tests.phone.twilio_server import TOKEN, Outgoing, TwilioServer

PUBLIC = "https://standfast.example"
AT_ONCE = timedelta(0)
NUMBERS = itertools.count(4915100000000)


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


@dataclass
class Phone:
    """The phone of Dee: a number of its own for each test, through a Twilio that all share."""

    twilio: TwilioServer
    context: KindContext
    number: str
    options: dict[str, str] = field(default_factory=dict)

    def send(
        self, message: Notification | None = None, sort: str = SMS, asked: Twilio | None = None
    ) -> SendResult:
        """Send it, as a worker that knows only what is in the record store."""
        kind = PhoneKind(asked or Twilio(), sort, AT_ONCE)
        url = self.twilio.url(sort, self.number, **self.options)
        message = message or sms()
        reply_by, words = kind.reply_by(url, message, self.context), outgoing(message)
        reply = Replies().words(kind.form_of(url), reply_by)
        return kind.send(url, replace(words, body=f"{words.body} {reply}".rstrip()), self.context)

    def ago(self, span: timedelta) -> None:
        """Have all that was sent so far been sent so long ago."""
        assert self.context.records
        past = datetime.now(UTC) - span
        for each in (*self.messages, *self.calls):
            each.at = past
        with self.context.records._database.writing() as connection:
            connection.execute(update(phone_messages).values(at=past))

    @property
    def messages(self) -> list[Outgoing]:
        return [each for each in self.twilio.messages if each.to == self.number]

    @property
    def calls(self) -> list[Outgoing]:
        return [each for each in self.twilio.calls if each.to == self.number]

    @property
    def line(self) -> PhoneMessage:
        """The one line that can be answered."""
        assert self.context.records
        [line] = self.context.records.phone_messages.to_answer(self.number)
        return line


@pytest.fixture(scope="module")
def twilio() -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        yield server


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KindContext]:
    place = tmp_path_factory.mktemp("phone")
    records = RecordStore(empty_records(place / "records.db"))
    yield KindContext(place / "outbox.jsonl", records=records, public_url=PUBLIC)
    records.close()


@pytest.fixture
def phone(twilio: TwilioServer, context: KindContext) -> Phone:
    return Phone(twilio, context, f"+{next(NUMBERS)}")


def sms(number: int = 1, **changed: Any) -> Notification:
    return numbered(number, **{"body": "P2 disk full."} | changed)


def test_an_sms_ends_with_its_code_and_says_where_its_fate_goes(phone: Phone) -> None:
    assert phone.send() == SendResult(provider_id=phone.messages[0].sid)
    [message], line = phone.messages, phone.line
    assert message.text == f"P2 disk full. Reply A {line.code} to acknowledge"
    assert message.callback == f"{PUBLIC}/intake/phone/twilio/status/{line.id}"
    assert (line.recipient, line.incident_id, line.episode) == ("dee", "INC-AAAAAAAAAA", 1)


def test_a_call_says_its_keys_and_takes_them(phone: Phone) -> None:
    phone.send(sort=CALL)
    [call], line = phone.calls, phone.line
    assert f'action="{PUBLIC}/intake/phone/twilio/keys/{line.id}"' in call.twiml
    assert "Press 1 to acknowledge" in call.twiml
    assert line.code not in call.twiml
    assert line.text in call.twiml


@pytest.mark.parametrize(
    "message",
    [
        page(purpose=Purpose.TELL, key="INC-AAAAAAAAAA:1:tell-1:1"),
        page(audience=Audience.REPORTER),
        page(key="digest:17"),
        page(incident_id=""),
    ],
    ids=["news", "to a reporter", "a digest", "about none"],
)
def test_what_cannot_be_answered_has_no_code(phone: Phone, message: Notification) -> None:
    phone.send(message)
    phone.send(message, CALL)
    assert phone.messages[0].text == message.body
    assert "Gather" not in phone.calls[0].twiml


def test_without_a_public_address_nothing_can_be_answered(phone: Phone) -> None:
    phone.context = KindContext(phone.context.outbox, records=phone.context.records)
    phone.send()
    phone.send(sort=CALL)
    assert phone.messages[0].text == "P2 disk full."
    assert phone.messages[0].callback == phone.calls[0].callback == ""


def test_a_message_of_another_key_is_not_taken_for_it(phone: Phone) -> None:
    phone.send(sms(1))
    with pytest.raises(Died):
        phone.send(sms(2), asked=Dying(after=False))
    assert phone.send(sms(2)).provider_id == phone.messages[1].sid
    assert phone.messages[0].text == phone.messages[1].text


def test_each_call_is_found_again_by_its_own_page(phone: Phone) -> None:
    with pytest.raises(Died):
        phone.send(sms(1), CALL, Dying(after=True))
    phone.ago(timedelta(minutes=2))
    with pytest.raises(Died):
        phone.send(sms(2), CALL, Dying(after=True))
    # Though the latest could be of either.
    assert phone.send(sms(1), CALL).provider_id == phone.calls[0].sid
    assert phone.send(sms(2), CALL).provider_id == phone.calls[1].sid
    assert len(phone.calls) == 2


def test_where_twilio_cannot_tell_it_is_said_that_nobody_knows(phone: Phone) -> None:
    with pytest.raises(Died):
        phone.send(asked=Dying(after=True))
    phone.twilio.refuse(503, 20503)
    try:
        result = phone.send()
    finally:
        phone.twilio.refuse(0, 0)
    assert "it is unknown whether an earlier attempt got through" in result.problem
    assert result.open_for
    assert phone.send().provider_id == phone.messages[0].sid


def test_what_twilio_took_without_an_answer_is_found_again(phone: Phone) -> None:
    phone.twilio.hang()
    late = phone.send(asked=Twilio(timedelta(seconds=0.2)))
    phone.twilio.release()
    assert "did not answer in 0 s: it is unknown whether it went out" in late.problem
    assert phone.send().provider_id == phone.messages[0].sid
    assert len(phone.messages) == 1


def test_what_twilio_refused_is_sent_when_it_no_longer_does(phone: Phone) -> None:
    phone.twilio.refuse(400, 21610)
    try:
        result = phone.send()
    finally:
        phone.twilio.refuse(0, 0)
    assert result.problem.startswith("Twilio refused it: the recipient has sent STOP")
    phone.twilio.asked.clear()
    assert phone.send().provider_id == phone.messages[0].sid
    assert phone.twilio.asked == ["POST Messages"]


def test_a_loop_does_not_send_without_end(phone: Phone) -> None:
    phone.options = {"hourly": "3"}
    results = [phone.send(sms(number)) for number in range(5)]
    assert len(phone.messages) == 3
    assert [each.problem for each in results[3:]] == [
        "3 SMS went to this number within an hour, which is the most (`hourly` in its URL)"
    ] * 2
    # What has gone out is found, calls count by themselves, and so does another hour.
    assert phone.send(sms(0)).provider_id == phone.messages[0].sid
    assert not phone.send(sms(0), CALL).problem
    phone.ago(timedelta(hours=1, seconds=1))
    assert not phone.send(sms(4)).problem


def test_without_the_record_store_it_goes_out_all_the_same(phone: Phone, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    away = RecordStore(f"sqlite:///{tmp_path}/none")
    phone.context = replace(phone.context, records=away)
    assert phone.send().provider_id == phone.messages[0].sid
    assert phone.messages[0].text == "P2 disk full."
    # Nor does a call name keys that nobody would take.
    assert phone.send(sort=CALL).provider_id == phone.calls[0].sid
    assert "Press" not in phone.calls[0].twiml
    away.close()


def test_what_is_wrong_with_a_url_is_a_problem_of_the_channel(phone: Phone) -> None:
    for url in (f"twilio-sms://AC1:{TOKEN}@+15005550006/{phone.number}", "twilio-sms://+49151"):
        result = kind_of(url).send(url, outgoing(sms()), phone.context)
        assert result.problem.startswith("its URL must begin with")
        assert TOKEN not in result.problem
