"""Pages to browsers: encrypted for each device, by push services that are known, until it ends."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from standfast.incidents.actions import Action
from standfast.incidents.notification import Audience, Purpose
from standfast.incidents.roles import Role
from standfast.notification.kinds.kind import KindContext
from standfast.notification.kinds.registry import kind_of
from standfast.notification.outgoing_message import Button, OutgoingMessage
from standfast.notification.push_key import PushKey
from standfast.notification.push_services import PushServices
from standfast.notification.web_push import PushSender, subscription_problem, written
from standfast.outgoing.circuit_breaker import SendResult
from standfast.records.push_devices import GONE, MOST, DeviceOwner, PushDevice, Subscription
from standfast.records.sessions import SignedInBy, fingerprint
from standfast.records.store import RecordStore
from standfast.records.tokens import NewToken
from tests.empty_records import empty_records
from tests.http_sink import HttpSink
from tests.notification.push_browser import PushBrowser, base64url

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
KEY = PushKey(b"x" * 32)

PAGE = OutgoingMessage(
    key="INC-AAAAAAAAAA:1:page-1:1",
    incident_id="INC-AAAAAAAAAA",
    purpose=Purpose.PAGE,
    audience=Audience.PERSON,
    recipient="dee",
    priority="P1",
    title="P1: nobody can send mail",
    body="800 users, since 02:50. Please acknowledge.",
    link="https://standfast.example/incidents/INC-AAAAAAAAAA",
    page_link="https://standfast.example/p/abc",
    buttons=(Button("I have it", Action.ACKNOWLEDGE), Button("Open")),
    thread="INC-AAAAAAAAAA:1:dee",
)
TAKEN = dataclasses.replace(
    PAGE, purpose=Purpose.TELL, title="george has it", body="40 s ago", replaces=True
)


class Desk:
    """Dee's browsers, and the push service that they use."""

    def __init__(self, place: Path, service: HttpSink) -> None:
        self.service = service
        self.records = RecordStore(empty_records(place / "records.db"))
        self.origin = f"http://{service.address}"
        sender = PushSender(KEY, PushServices([self.origin]), "https://standfast.example")
        self._context = KindContext(place / "outbox", records=self.records, push=lambda: sender)

    def browser(self, name: str = "phone") -> PushBrowser:
        return PushBrowser(self.origin, KEY, name)

    def add(
        self, browser: PushBrowser, token: str = "", session: str = "", **whose: str
    ) -> PushDevice:
        owner = DeviceOwner(
            **{"person": "dee", "name": "dee"} | whose, session=session, token=token
        )
        label = browser.path.removeprefix("/push/")
        return self.records.push_devices.add(owner, label, browser.subscription, NOW)

    def send(self, message: OutgoingMessage = PAGE) -> SendResult:
        return kind_of("webpush://").send("webpush://", message, self._context)

    def told(self) -> str:
        """Why the only device gets no more; empty while it does."""
        [device] = self.records.push_devices.listed(datetime.now(UTC))
        return device.ended_because


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with HttpSink(201) as service:
        desk = Desk(tmp_path, service)
        yield desk
        desk.records.close()


def test_a_page_reaches_each_device_and_only_that_device_can_read_it(desk: Desk) -> None:
    phone, laptop, others = desk.browser("phone"), desk.browser("laptop"), desk.browser("others")
    desk.add(phone)
    desk.add(laptop)
    desk.add(others, person="george", name="george")
    assert desk.send() == SendResult()
    pushes = {push.path: push for push in desk.service.requests}
    assert pushes.keys() == {phone.path, laptop.path}
    for browser in (phone, laptop):
        push = pushes[browser.path]
        told = browser.opens(push)
        assert (told["title"], told["body"]) == (PAGE.title, PAGE.body)
        assert (told["opens"], told["answers"]) == ("/p/abc", "/p/abc")
        assert told["button"] == "I have it"
        assert (told["stays"], told["quiet"]) == (True, False)
        assert push.headers["urgency"] == "high"
        assert b"mail" not in push.body
    assert all(device.used_at for device in desk.records.push_devices.listed(NOW, "dee"))


def test_a_page_has_a_link_for_each_device_that_ends_when_somebody_ends_that(desk: Desk) -> None:
    """Not where only its push service has forgotten it: the page is on its screen."""
    phone, laptop = desk.browser("phone"), desk.browser("laptop")
    lost, kept = desk.add(phone), desk.add(laptop)
    desk.send(dataclasses.replace(PAGE, link_to=lambda device: f"https://s.example/p/{device}"))
    pushes = {push.path: push for push in desk.service.requests}
    assert phone.opens(pushes[phone.path])["answers"] == f"/p/{lost.id}"
    assert laptop.opens(pushes[laptop.path])["answers"] == f"/p/{kept.id}"

    devices = desk.records.push_devices
    assert set(devices.answering(NOW)["dee"]) == {lost.id, kept.id}
    devices.end(lost.id, "dee has removed it", NOW)
    devices.end(kept.id, GONE, NOW)
    assert devices.answering(NOW) == {"dee": (kept.id,)}


def test_a_later_message_takes_the_place_of_the_page_quietly(desk: Desk) -> None:
    phone = desk.browser()
    desk.add(phone)
    desk.send()
    desk.send(TAKEN)
    desk.send(dataclasses.replace(PAGE, thread="INC-BBBBBBBBBB:1:dee"))
    first, later, other = desk.service.requests
    page, taken = phone.opens(first), phone.opens(later)
    assert first.headers["topic"] == later.headers["topic"] != other.headers["topic"]
    assert page["tag"] == taken["tag"] != phone.opens(other)["tag"]
    assert (taken["quiet"], taken["stays"], taken["answers"]) == (True, False, "")
    assert later.headers["urgency"] == "normal"


@pytest.mark.parametrize(
    ("status", "problem", "ended"),
    [
        (404, "phone: its push service does not know it any more", True),
        (410, "phone: its push service does not know it any more", True),
        (429, "phone: answered with HTTP status 429", False),
        (500, "phone: answered with HTTP status 500", False),
        (307, "phone: answered with HTTP status 307", False),
    ],
)
def test_what_a_push_service_refuses(desk: Desk, status: int, problem: str, ended: bool) -> None:
    desk.add(desk.browser())
    desk.service.status = status
    desk.service.headers = {"Location": f"{desk.origin}/elsewhere", "Retry-After": "90"}
    result = desk.send()
    assert result.problem == problem
    assert (result.open_for == timedelta(seconds=90)) is (status == 429)
    assert len(desk.service.requests) == 1
    assert bool(desk.told()) is ended
    if ended:
        assert "dee has no device" in desk.send().problem
        assert len(desk.service.requests) == 1


def test_one_device_that_takes_it_is_enough(desk: Desk) -> None:
    desk.add(desk.browser("old"))
    desk.add(desk.browser("new"))
    desk.service.answer("/push/old", 410)
    assert desk.send().problem == ""
    desk.service.status = 500
    desk.add(desk.browser("third"))
    assert "new: answered" in desk.send().problem


def test_it_is_not_sent_with_another_key_or_to_another_address(desk: Desk) -> None:
    other = PushBrowser(desk.origin, PushKey(b"y" * 32))
    desk.add(other)
    assert "STANDFAST_PUSH_KEY" in desk.send().problem
    inner = PushBrowser("http://127.0.0.1:9", KEY)
    desk.records.push_devices.end(desk.records.push_devices.listed(NOW)[0].id, "test", NOW)
    desk.add(inner)
    assert "not one that we know" in desk.send().problem
    assert desk.service.requests == []


def test_with_its_token_or_session_a_device_ends(desk: Desk) -> None:
    records, devices = desk.records, desk.records.push_devices
    made = records.tokens.create(NewToken(name="dee", role=Role.RESPONDER))
    secret = records.sessions.begin(SignedInBy(token=made.token.id), NOW)
    this = fingerprint(secret)
    phone = desk.browser()
    device = desk.add(phone, made.token.id, this)
    new = records.tokens.rotate(made.token, None, datetime.now(UTC))
    assert new
    assert not desk.send().problem, "it goes on with the token that took the place of the old one"
    records.tokens.revoke(new.token.id, datetime.now(UTC))
    assert "dee has no device" in desk.send().problem
    assert desk.told() == "the token with which it was added opens nothing any more"
    desk.add(phone, session=this)
    records.sessions.end_all_of("dee", NOW)
    assert desk.told() == "its session was ended"
    desk.add(phone, session=this)
    devices.follow(device.id, DeviceOwner("", "dee", "another", ""), NOW)
    assert not desk.told()
    devices.follow(device.id, DeviceOwner("", "george", "another", ""), NOW)
    assert desk.told() == "somebody else has signed in on it"
    desk.add(phone)
    records.erased_names.replace("Dee", "erased person AAAA")
    assert devices.listed(NOW) == []


def test_one_session_ends_with_its_devices(desk: Desk) -> None:
    sessions = desk.records.sessions
    for name in ("first", "second"):
        secret = sessions.begin(SignedInBy(name="dee", role=Role.RESPONDER), NOW)
        desk.add(desk.browser(name), session=fingerprint(secret))
    ended = sessions.of(secret, NOW, timedelta(hours=1))
    assert ended
    sessions.end(ended.id, NOW)
    told = {each.label: each.ended_because for each in desk.records.push_devices.listed(NOW)}
    assert told == {"first": "", "second": "its session was ended"}


def test_a_person_has_so_many_devices_and_each_once(desk: Desk) -> None:
    phone = desk.browser()
    assert desk.add(phone).id == desk.add(phone, person="george").id
    for number in range(MOST + 1):
        desk.add(desk.browser(f"n{number}"))
    devices = desk.records.push_devices
    assert len(devices.targets("dee", NOW)) == MOST
    for number in range(2 * MOST):
        desk.add(desk.browser(f"m{number}"))
    listed = devices.listed(NOW, "dee")
    assert len([each for each in listed if each.ended_at]) == MOST, "of others nothing is kept"
    assert devices.counted(NOW) == {"dee": MOST, "george": 1}


def test_with_its_person_a_device_ends(desk: Desk) -> None:
    desk.add(desk.browser())
    devices = desk.records.push_devices
    assert devices.end_all_but(["dee"], NOW) == 0
    assert devices.end_all_but(["george"], NOW) == 1
    assert desk.told() == "the policy does not have this person any more"
    assert [each.ended_because for each in devices.of("dee", NOW)] == [desk.told()]
    devices.end_all_but(["george"], NOW + timedelta(days=31))
    assert devices.listed(NOW) == []


@pytest.mark.parametrize(
    ("endpoint", "known"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc:APA91b", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/gAAAA", True),
        ("https://web.push.apple.com/QGb", True),
        ("https://wns2-par02p.notify.windows.com/w/?token=BQ", True),
        ("https://push.example:8443/x", True),
        ("https://push.example/x", False),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://evil.example/fcm.googleapis.com", False),
        ("https://fcm.googleapis.com@127.0.0.1/x", False),
        ("https://fcm.googleapis.com\\@127.0.0.1/x", False),
        ("https://127.0.0.1\\.push.apple.com/x", False),
        ("https://a.b.push.apple.com/x", False),
        ("https://notify.windows.com/x", False),
        ("https://fcm.googleapis.com/x y", False),
        ("https://fcm.googleapis.com/x\r\nHost: evil", False),
        ("https://[::1/x", False),
        ("https://fcm.googleapis.com:port/x", False),
        ("https://fcm.googleapis.com/" + "x" * 1_000, False),
        ("", False),
    ],
)
def test_where_pushes_may_go(endpoint: str, known: bool) -> None:
    assert PushServices(["https://push.example:8443"]).know(endpoint) is known


@pytest.mark.parametrize(
    ("public_key", "auth"),
    [
        ("", ""),
        ("A" * 87, base64url(b"a" * 16)),
        (base64url(b"\4" + b"\1" * 64), base64url(b"a" * 16)),
        ("é" * 87, base64url(b"a" * 16)),
    ],
)
def test_keys_that_cannot_be_used(public_key: str, auth: str) -> None:
    subscription = Subscription("https://fcm.googleapis.com/x", public_key, auth, KEY.id)
    assert "keys that cannot be used" in subscription_problem(subscription, PushServices())


@pytest.mark.parametrize("body", ["x" * 9_000, "\U0001f525" * 4_000, '"\\' * 5_000, "\x01" * 5_000])
def test_a_long_text_is_cut_to_what_a_push_holds(body: str) -> None:
    assert len(written({"title": "P1", "body": body, "tag": "t"})) <= 3_500


def test_what_the_policy_may_say() -> None:
    kind = kind_of("webpush://")
    assert kind.problem_of("webpush://") == ""
    assert "behind webpush://" in kind.problem_of("webpush://phone")
    assert kind.breaker_of("webpush://", "dee") != kind.breaker_of("webpush://", "george")
