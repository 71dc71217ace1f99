"""The kind `ntfy`: a local server that answers as ntfy's API is documented."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.incidents.channel_form import ChannelForm
from standfast.incidents.notification import Purpose
from standfast.incidents.paged import ANSWERS
from standfast.notification.kinds.kind import KindContext
from standfast.notification.kinds.ntfy import Ntfy
from standfast.notification.kinds.registry import kind_of
from standfast.notification.outgoing_message import Button, OutgoingMessage, outgoing
from standfast.records.delivery import SentThrough
from tests.notification.ntfy_server import TOKEN, NtfyServer
from tests.notification.office import Office, numbered, page

LINK = "https://standfast.example/p/abc"


@pytest.fixture(scope="module")
def server() -> Iterator[NtfyServer]:
    with NtfyServer() as server:
        yield server


@pytest.fixture
def ntfy(server: NtfyServer) -> NtfyServer:
    server.came.clear()
    server.shown.clear()
    server.cleared.clear()
    server.limited = False
    return server


def message(**changed: Any) -> OutgoingMessage:
    return replace(outgoing(page()), **changed)


def publish(url: str, message: OutgoingMessage) -> Any:
    return Ntfy().send(url, message, KindContext(Path("unused")))


def test_a_page_can_be_answered_by_its_buttons(ntfy: NtfyServer) -> None:
    url = f"ntfy://{TOKEN}@{ntfy.address}/night?tags=office"
    console = "https://standfast.example/incidents/INC-AAAAAAAAAA"
    buttons = (*(Button(f"{each}!", each) for each in ANSWERS), Button("Look"))
    sent = publish(url, message(page_link=LINK, buttons=buttons, link=console, priority="P1"))
    [came] = ntfy.came
    assert (sent.problem, sent.provider_id) == ("", came["sequence_id"])
    assert (came["title"], came["message"]) == (
        "Please acknowledge: disk full",
        "you are on call for it",
    )
    assert (came["priority"], came["tags"]) == (5, ["rotating_light", "office"])
    assert came["click"] == LINK, "and not where one has to sign in first"
    acknowledge, decline, opens = came["actions"]
    assert [each["action"] for each in came["actions"]] == ["http", "http", "view"]
    for button in (acknowledge, decline):
        assert (button["url"], button["method"], button["clear"]) == (LINK, "POST", True)
    assert opens["url"] == LINK
    assert [each["label"] for each in came["actions"]] == ["acknowledge!", "decline!", "Look"]
    publish(url, message(page_link=LINK, buttons=(buttons[0], buttons[-1])))  # a confidential one
    assert [each["label"] for each in ntfy.came[-1]["actions"]] == ["acknowledge!", "Look"]


async def test_all_clear_takes_the_place_of_the_latest_page_without_a_sound(
    ntfy: NtfyServer, office: Office
) -> None:
    url = f"ntfy://{ntfy.address}/office"
    await office.notify(url, message=numbered(1))
    await office.notify(url, message=numbered(2))
    assert len(ntfy.shown) == 2, "a page again is a new one, or the phone would not ring again"
    first, second = ntfy.shown
    for number, title in enumerate(("George has it", "It is over"), 1):
        key = f"INC-AAAAAAAAAA:1:tell-{number}:1"
        clear = message(key=key, title=title, page_link=LINK, purpose=Purpose.TELL)
        context = KindContext(office.outbox, records=office.records)
        told = Ntfy().send(url, replace(clear, replaces=True, channel="one"), context)
        assert (told.problem, told.provider_id) == ("", second)
        office.records.deliveries.intend(key, "dee", "text")
        through = SentThrough("one", provider="ntfy", provider_id=told.provider_id)
        office.records.deliveries.delivered(key, "dee", "text", through)
    [shown] = ntfy.shown.values()
    assert (shown["title"], shown["priority"], "actions" in shown) == ("It is over", 2, False)
    assert ntfy.cleared[0] == first


def test_a_message_that_is_sent_twice_is_shown_once(ntfy: NtfyServer) -> None:
    url = f"ntfy://{ntfy.address}/office"
    assert publish(url, message()) == publish(url, message())
    assert (len(ntfy.came), len(ntfy.shown)) == (2, 1)


def test_without_the_record_store_all_clear_is_a_message_of_its_own(ntfy: NtfyServer) -> None:
    url = f"ntfy://{ntfy.address}/office"
    publish(url, message())
    assert not publish(url, message(key="INC-AAAAAAAAAA:1:tell-1:1", replaces=True)).problem
    assert len(ntfy.shown) == 2


@pytest.mark.parametrize(
    ("priority", "least", "purpose", "expected"),
    [
        ("P1", "", Purpose.PAGE, 5),
        ("P2", "", Purpose.PAGE, 4),
        ("P4", "", Purpose.PAGE, 3),
        ("P4", "?priority=5", Purpose.PAGE, 5),
        ("P1", "?priority=5", Purpose.TELL, 3),
    ],
)
def test_how_loud_it_is(
    ntfy: NtfyServer, priority: str, least: str, purpose: Purpose, expected: int
) -> None:
    publish(f"ntfy://{ntfy.address}/office{least}", message(priority=priority, purpose=purpose))
    assert ntfy.came[0]["priority"] == expected


def test_a_server_that_refuses_says_why_without_the_topic(ntfy: NtfyServer) -> None:
    refused = publish(f"ntfy://{ntfy.address}/night", message())
    assert refused.problem == "answered with HTTP status 403 (ntfy's error 40301)"
    ntfy.limited = True
    limited = publish(f"ntfy://{ntfy.address}/office", message())
    assert limited.problem == "answered with HTTP status 429 (ntfy's error 42901)"
    assert limited.open_for == timedelta(minutes=1)


def test_a_long_message_stays_one_that_a_phone_shows(ntfy: NtfyServer) -> None:
    assert not publish(f"ntfy://{ntfy.address}/office", message(body="größer\n" * 2_000)).problem
    assert ntfy.came[0]["message"].endswith("größer\n…")


async def test_the_ledger_knows_it_by_the_id_of_ntfy(ntfy: NtfyServer, office: Office) -> None:
    delivery = await office.notify(f"ntfy://{ntfy.address}/office")
    assert delivery.channel == "one"
    [sent] = office.records.deliveries.sent_as("ntfy", ntfy.came[0]["sequence_id"])
    assert (sent.key, sent.recipient, sent.channel) == (page().key, "dee", "one")


@pytest.mark.parametrize(
    ("url", "address", "topics"),
    [
        ("ntfy://Alerts_7", "https://ntfy.sh", ("Alerts_7",)),
        ("ntfys://ntfy.sh/night", "https://ntfy.sh", ("night",)),
        ("ntfy://ntfy.sh/night", "https://ntfy.sh", ("night",)),
        ("ntfy://one/two?mode=cloud", "https://ntfy.sh", ("one", "two")),
        ("NTFY://host:8080/a/b", "http://host:8080", ("a", "b")),
        ("ntfys://[2001:db8::1]:443/a", "https://[2001:db8::1]:443", ("a",)),
    ],
)
def test_urls_are_those_of_apprise(url: str, address: str, topics: tuple[str, ...]) -> None:
    from standfast.notification.kinds.ntfy import _read

    assert _read(url)[:2] == (address, topics)
    kind = kind_of(url)
    assert isinstance(kind, Ntfy)
    assert (kind.form_of(url), kind.problem_of(url)) == (ChannelForm.PUSH, "")


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("ntfy://", "names no host and no topic; write ntfys://HOST/TOPIC"),
        ("ntfy://host/a b", "has a topic that ntfy does not take"),
        ("ntfy://host:port/a", "is not a URL"),
        ("ntfy://host/a?priority=urgent", "has a priority that ntfy does not know"),
        ("ntfy://host/a?prio=5", "has a parameter that ntfy channels do not know; known: auth,"),
    ],
)
def test_what_is_wrong_with_a_url_is_found_before_the_night(url: str, problem: str) -> None:
    assert Ntfy().problem_of(url).startswith(problem)


@given(st.text(max_size=60))
def test_no_url_makes_it_fail_or_is_quoted(text: str) -> None:
    said = Ntfy().problem_of(f"ntfy://{text}")
    assert len(text) < 4 or text not in said
