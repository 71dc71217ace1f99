"""Pages that are answered by SMS and by key: what people send, and what Twilio tells of it."""

from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx
import pytest
from temporalio.testing import WorkflowEnvironment

from standfast.api.webhooks.phone import MOST_USELESS
from standfast.incidents.own_channel import PagingRules
from standfast.incidents.via import Via
from standfast.policy_file.source import PolicySource
from standfast.records.audit import AuditKind
from standfast.records.delivery import Progress
from tests.api.conftest import Api, open_api
from tests.http_sink import HttpSink
from tests.phone.old_pages import grow_old
from tests.phone.twilio_server import (
    TOKEN,
    Outgoing,
    TwilioServer,
    answered_by,
    call_status,
    key_pressed,
    signed,
    sms_from,
    sms_status,
)
from tests.stories.company import write_policy
from tests.stories.desk import Ticket, open_desk, until

ANA, BEN, STRANGER = "+4915112345678", "+4915187654321", "+12025550123"
PUBLIC = "https://standfast.example"
SMS_HOOK = "/intake/phone/twilio/sms"
PAGED = {"ana": ("sms", ANA), "ben": ("call", BEN)}


class Phones:
    """The phones of Ana, who gets SMS, and of Ben, who is called; and Twilio between us."""

    def __init__(self, api: Api, twilio: TwilioServer) -> None:
        self.api = api
        self.twilio = twilio

    async def post(
        self, path: str, form: Mapping[str, str], *, token: str = TOKEN, **changed: str
    ) -> httpx.Response:
        """Post a form as Twilio does; `changed` is changed on the way."""
        headers = signed(f"{PUBLIC}{path}", form, token)
        body = urlencode({**form, **changed})
        return await self.api.http.post(path, content=body, headers=headers)

    async def sms(self, number: str, text: str, sid: str = "") -> str:
        """Send an SMS to our number; the SMS that comes back, empty for none."""
        answer = await self.post(SMS_HOOK, sms_from(number, text, sid))
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/xml")
        return ElementTree.fromstring(answer.text).findtext("Message") or ""

    async def press(self, call: Outgoing, key: str, **changed: str) -> str:
        """Press a key; the TwiML that comes back."""
        action = ElementTree.fromstring(call.twiml).find("Gather")
        assert action is not None
        path = str(action.get("action")).removeprefix(PUBLIC)
        answer = await self.post(path, key_pressed(call, key) | changed)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def paged(self) -> Ticket:
        """An incident that both are paged about."""
        ticket = await self.api.desk.report("Outage: wiki down", service="wiki", users_affected=30)
        await ticket.told("page_sent", times=2)
        return ticket

    @property
    def code(self) -> str:
        """The code in Ana's latest SMS."""
        before, _, after = self.twilio.messages[-1].text.partition("Reply A ")
        assert before
        return after[:4]

    def progress(self, ticket: Ticket) -> list[tuple[str, Progress, str]]:
        """What the ledger knows, by person."""
        found = self.api.desk.records.deliveries.of_incident(ticket.id)
        return [(each.recipient, each.state, each.detail) for each in found]


@pytest.fixture(scope="module")
def twilio() -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        yield server


@pytest.fixture
async def phones(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path, twilio: TwilioServer
) -> AsyncIterator[Phones]:
    twilio.messages.clear()
    twilio.calls.clear()
    policy = write_policy(tmp_path / "policy.yaml", sink.address, tmp_path)
    async with open_desk(env, PolicySource(policy), sink, tmp_path, public_url=PUBLIC) as desk:
        desk.amend(
            people={
                "ana": {"name": "Ana Apps", "channels": {"phone": twilio.url("sms", ANA)}},
                "ben": {"name": "Ben Apps", "channels": {"phone": twilio.url("call", BEN)}},
            },
            paging={"P1": [{"page": ["ana", "ben"]}]},
        )
        async with open_api(desk, public_url=PUBLIC) as api:
            yield Phones(api, twilio)


async def test_by_sms_one_takes_it_and_the_other_hears_who_has_it(phones: Phones) -> None:
    ticket = await phones.paged()
    [message], [call] = phones.twilio.messages, phones.twilio.calls
    status = message.callback.removeprefix(PUBLIC)
    for state in ("queued", "sent", "delivered"):
        assert (await phones.post(status, sms_status(message, state))).status_code == 204
    # Not from the number that it went to, not by another code, not by a stranger.
    code, wrong = phones.code, f"{(int(phones.code) + 1) % 10_000:04}"
    assert await phones.sms(BEN, f"A {code}") == f"No page to you has the code {code}."
    assert await phones.sms(ANA, f"A {wrong}") == f"No page to you has the code {wrong}."
    assert await phones.sms(STRANGER, f"A {code}") == ""
    assert "That is no answer" in await phones.sms(ANA, f"what is this? {code}")

    said = await phones.sms(ANA, f"a {code}", "SM1")
    assert said == f"{code}: You have it: paging has stopped."
    assert await phones.sms(ANA, f"a {code}", "SM1") == said
    [acknowledged] = await ticket.entries("acknowledged")
    assert (acknowledged.actor, acknowledged.via) == ("ana", Via.SMS)
    assert (await phones.sms(ANA, code)).startswith(f"{code}: You have it already")
    assert "ana has it" in await phones.press(call, "1")
    assert len(await ticket.entries("acknowledged")) == 1
    assert ("ana", Progress.DELIVERED, "") in phones.progress(ticket)
    assert ("ana", Progress.ANSWERED, "by SMS") in phones.progress(ticket)

    assert (await phones.sms(ANA, f"resolved {code}")).startswith(f"{code}: summary")
    assert "replaced" not in await phones.sms(ANA, f"R {code} replaced the disk")
    assert (await ticket.view()).resolution is not None
    await ticket.act("withdraw", by="rita@storyville.example", reason="was me")
    await ticket.closes()
    for late in (code, "ack"):
        assert (await phones.sms(ANA, late)).startswith(f"{code}: Too late: it was withdrawn")
    # What has closed is not one of several that can be meant.
    other = await phones.api.desk.report("Outage: shop down", service="shop", users_affected=30)
    await other.told("page_sent", times=2)
    taken = await phones.sms(ANA, "ack")
    assert taken == f"{phones.code}: You have it: paging has stopped."
    grow_old(phones.api.desk.records, ticket.id)
    assert (await phones.sms(ANA, code)).startswith(f"The code {code} is too old")
    assert "cannot be answered any more" in await phones.press(call, "1")


async def test_by_key_it_is_taken_repeated_and_passed_on(phones: Phones) -> None:
    ticket = await phones.paged()
    [call] = phones.twilio.calls
    text = ElementTree.fromstring(call.twiml).findtext("Gather/Say") or ""
    assert "INC-" not in text
    status = call.callback.removeprefix(PUBLIC)
    for form in (call_status(call, "ringing"), call_status(call, "in-progress")):
        assert (await phones.post(status, form)).status_code == 204

    again = ElementTree.fromstring(await phones.press(call, "9"))
    assert again.findtext("Gather/Say") == text
    assert "7 means nothing here" in await phones.press(call, "7")
    for forged in ({"To": ANA}, {"CallSid": "CA" + "0" * 32}):
        assert "cannot be answered any more" in await phones.press(call, "1", **forged)
    said = await phones.press(call, "3")
    assert "Declined; paged now: dora" in said
    assert "<Hangup" in said
    assert await phones.press(call, "3") == said
    assert "ben has declined" not in await phones.press(call, "1")
    [declined] = await ticket.entries("declined")
    assert (declined.actor, declined.via) == ("ben", Via.PHONE)
    assert ("ben", Progress.DELIVERED, "picked up") in phones.progress(ticket)
    assert ("ben", Progress.ANSWERED, "by key 3") in phones.progress(ticket)
    # Who has pressed a key is no machine, whatever is found out about them afterwards.
    assert (await phones.post(status, answered_by(call, "machine_start"))).status_code == 204
    assert Progress.FAILED not in [state for _, state, _ in phones.progress(ticket)]


async def test_what_went_to_a_number_ends_when_its_owner_removes_it(phones: Phones) -> None:
    """A phone that was lost: neither its codes nor its keys answer anything."""
    desk, kept = phones.api.desk, phones.api.desk.records.own_channels
    elsewhere = f"json://{desk.sink.address}/elsewhere"
    desk.amend(
        people={key: {"name": key.title(), "channels": {"phone": elsewhere}} for key in PAGED},
        contact_methods={
            "sms": phones.twilio.url("sms", "{number}"),
            "call": phones.twilio.url("call", "{number}"),
        },
    )
    for person, (method, number) in PAGED.items():
        channel = kept.add(person, method, method, number)
        assert channel
        kept.open_code(channel.id, "123456")
        kept.verify(person, channel.id, "123456")
        kept.set_rules(person, PagingRules.model_validate({"high": [{"through": method}]}))
    ticket = await phones.paged()
    [call], code = phones.twilio.calls, phones.code
    assert "That is no answer" in await phones.sms(ANA, f"what is this? {code}")

    for person in PAGED:
        for channel in kept.of(person).channels:
            assert kept.remove(person, channel.id)
    assert await phones.sms(ANA, f"A {code}") == f"No page to you has the code {code}."
    assert await phones.sms(ANA, "ack") == "There is no page that you could answer now."
    assert "cannot be answered any more" in await phones.press(call, "1")
    assert not await ticket.entries("acknowledged")


async def test_a_machine_that_picks_up_has_not_answered(phones: Phones) -> None:
    ticket = await phones.paged()
    [call] = phones.twilio.calls
    status = call.callback.removeprefix(PUBLIC)
    # Without `To`, as Twilio tells it.
    told = await phones.post(status, answered_by(call, "machine_start"))
    assert told.status_code == 204
    assert ("ben", Progress.FAILED, "an answering machine picked up") in phones.progress(ticket)

    # With two pages a code is asked for; too many wrong ones are not answered any more.
    other = await phones.api.desk.report("Outage: shop down", service="shop", users_affected=30)
    await other.told("page_sent", times=2)
    listed = await phones.sms(ANA, "ack")
    assert listed.startswith("Which page? Reply with its code:\n")
    assert phones.code in listed
    wrong = [f"{number:04}" for number in range(MOST_USELESS + 3) if f"{number:04}" not in listed]
    said = [await phones.sms(ANA, each) for each in wrong[: MOST_USELESS + 1]]
    # The SMS without a code counts, too.
    assert said[MOST_USELESS - 2].startswith("Too many SMS without a right code")
    assert said[-1] == ""
    assert await phones.sms(ANA, phones.code) == ""
    assert not await other.entries("acknowledged")


async def test_nothing_is_believed_without_a_signature(phones: Phones) -> None:
    form = sms_from(ANA, "A 0000")
    assert (await phones.post(SMS_HOOK, form, token="0" * 32)).status_code == 403
    assert (await phones.post(SMS_HOOK, form, Body="A 0001")).status_code == 403
    assert (await phones.post(SMS_HOOK, form | {"AccountSid": "AC" + "9" * 32})).status_code == 403
    unsigned = await phones.api.http.post(SMS_HOOK, content=urlencode(form))
    assert unsigned.status_code == 403
    assert TOKEN not in unsigned.text
    elsewhere = signed(f"http://127.0.0.1{SMS_HOOK}", form)
    body = urlencode(form)
    wrong = await phones.api.http.post(SMS_HOOK, content=body, headers=elsewhere)
    assert wrong.status_code == 403

    async def on_record() -> bool:
        newest = phones.api.desk.records.audit.newest(10, kind=AuditKind.REFUSED)
        return any((each.subject, each.detail) == (f"POST {SMS_HOOK}", "403") for each in newest)

    await until("the refusal is on record", on_record)

    assert (await phones.post("/intake/phone/nobody/sms", form)).status_code == 404
    assert (await phones.post(SMS_HOOK, {"Body": "x" * 60_000})).status_code == 413
    assert (await phones.post(SMS_HOOK, {f"F{n}": "" for n in range(200)})).status_code == 400
    raw = await phones.api.http.post(SMS_HOOK, content=b"\xff\xfe")
    assert raw.status_code == 400
    lost = call_status(Outgoing("CA1", {"To": BEN}), "busy")
    assert (await phones.post("/intake/phone/twilio/status/" + "0" * 24, lost)).status_code == 404
    assert await phones.sms(ANA, "STOP") == ""
