"""A storm of pages to one person: the first ones, then digests; each page reaches them once."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.notification import NotificationActivities
from standfast.incidents.assessment import Priority
from standfast.incidents.message_content import MessageContent
from standfast.incidents.notification import Notification, Purpose
from standfast.notification.channels import PERHAPS_TWICE
from standfast.records.delivery import DeliveryState
from standfast.records.store import RecordStore
from tests.http_sink import HttpSink
from tests.notification.office import Office, notify, page

AT_ONCE = timedelta(microseconds=1)


@pytest.fixture
def office(url: str, tmp_path: Path) -> Iterator[Office]:
    """With the record store on each kind of database."""
    office = Office(tmp_path, url)
    office.storm = {"pages": 5, "within": "5m", "digest_every": "2m"}
    yield office
    office.records.close()


@pytest.fixture
def other(url: str, tmp_path: Path) -> Iterator[RecordStore]:
    """The record store as another worker has it."""
    store = RecordStore(url)
    yield store
    store.close()


def stormy(number: int, priority: Priority = Priority.P3, **changed: object) -> Notification:
    incident = f"INC-AAAAAAAA{number:0>2}"
    content = MessageContent(what=f"Switch {number} is down")
    fields = {"incident_id": incident, "priority": priority, "content": content, "team": "network"}
    return page(f"{incident}:1:page-1:1", **(fields | changed))


def again(message: Notification) -> Notification:
    """As the workflow asks once the page has been held."""
    return message.model_copy(update={"digest": True})


async def forget(activities: NotificationActivities, message: Notification) -> bool:
    return await asyncio.to_thread(ActivityEnvironment().run, activities.forget, message)


async def hold(activities: NotificationActivities, *numbers: int) -> list[Notification]:
    """A storm has begun already; these pages of it are held."""
    for number in range(90, 95):
        await notify(activities, stormy(number))
    messages = [stormy(number) for number in numbers]
    for message in messages:
        assert (await notify(activities, message)).held_for
    return messages


def titles(phone: HttpSink) -> list[str]:
    return [request.json["title"] for request in phone.requests]


def title_of(message: Notification) -> str:
    what = message.content.what if message.content else ""
    return f"{message.priority} {what}. Please acknowledge ({message.incident_id})"


async def test_the_first_pages_come_singly_p1_always_and_the_rest_in_one_digest(
    office: Office, other: RecordStore, phone: HttpSink
) -> None:
    address = f"json://{phone.address}"
    one, two = office.activities(address), office.activities(address, records=other)
    messages = [stormy(number) for number in range(30)]
    messages[20] = stormy(20, Priority.P1)
    messages[25] = stormy(25, Priority.P2)
    first = [await notify(one, message) for message in messages]
    alone = [*range(5), 20]
    assert titles(phone) == [title_of(messages[number]) for number in alone]
    held = [message for message, answer in zip(messages, first, strict=True) if answer.held_for]
    assert len(held) == 24
    waits = [answer.held_for for answer in first if answer.held_for]
    assert timedelta(minutes=1) < min(waits) <= max(waits) <= timedelta(minutes=2)
    assert {answer.channel for answer in first if answer.held_for} == {""}

    workers = (one, two)
    answers = await asyncio.gather(
        *(notify(workers[n % 2], again(message)) for n, message in enumerate(held))
    )
    late = [
        await notify(two, again(message))
        for message, answer in zip(held, answers, strict=True)
        if answer.held_for
    ]
    digest = phone.requests[-1]
    assert len(phone.requests) == len(alone) + 1
    assert digest.key.startswith("digest:")
    first_words = "P2 network: 24 incidents, P2 to P3. First: Switch 25 is down"
    assert digest.json["title"] == f"{first_words}. Please acknowledge"
    lines = digest.json["message"].splitlines()
    assert lines[:10] == [
        "Please acknowledge.",
        "",
        "standfast acknowledge INCIDENT --by YOU",
        "standfast list --team network",
        "",
        "There are many pages now, so these come together.",
        "",
        "INC-AAAAAAAA25 P2 Switch 25 is down",
        "INC-AAAAAAAA05 P3 Switch 5 is down",
        "INC-AAAAAAAA06 P3 Switch 6 is down",
    ]
    assert lines[27:] == ["and 4 more"]
    through = [answer for answer in (*answers, *late) if not answer.held_for]
    assert {(a.channel, a.detail) for a in through} == {("one", "in a digest of 24")}
    assert len(through) == 24
    for message in held:
        known = other.deliveries.get(message.key)
        assert known
        assert (known.state, known.channel) == (DeliveryState.DELIVERED, "one")
        assert known.detail == "in a digest of 24"


async def test_another_team_and_another_person_have_weather_of_their_own(
    office: Office, phone: HttpSink
) -> None:
    activities = office.activities(f"json://{phone.address}")
    await hold(activities, 1)
    elsewhere = stormy(2, team="data")
    assert (await notify(activities, elsewhere)).channel == "one"


@pytest.mark.parametrize(
    "changed",
    [
        {"priority": Priority.P1},
        {"purpose": Purpose.LOOK},
        {"purpose": Purpose.WARN},
        {"purpose": Purpose.APPROVE},
        {"team": ""},
    ],
    ids=str,
)
async def test_only_pages_of_a_team_are_held_and_never_those_of_p1(
    office: Office, phone: HttpSink, changed: dict[str, object]
) -> None:
    activities = office.activities(f"json://{phone.address}")
    await hold(activities, 1)
    assert (await notify(activities, stormy(2, **changed))).channel == "one"  # type: ignore[arg-type]


async def test_a_worker_killed_while_it_sends_leaves_the_digest_to_the_next_under_its_key(
    office: Office, other: RecordStore, phone: HttpSink
) -> None:
    address = f"json://{phone.address}"
    dying = office.activities(address, digest_lease=AT_ONCE)
    held = await hold(dying, *range(3))
    phone.hang()
    before = len(phone.requests)
    killed = asyncio.create_task(notify(dying, again(held[0])))
    await asyncio.to_thread(phone.wait_for, before + 1)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    phone.release()

    next_one = office.activities(address, records=other)
    answers = [await notify(next_one, again(message)) for message in held]
    assert [answer.repeated for answer in answers] == [False, True, True]
    assert {answer.detail for answer in answers} == {f"in a digest of 3, {PERHAPS_TWICE}"}
    twice = phone.requests[before:]
    assert len(twice) == 2
    assert twice[0].key == twice[1].key
    assert twice[0].body == twice[1].body


async def test_while_one_worker_sends_the_digest_the_other_does_not(
    office: Office, other: RecordStore, phone: HttpSink
) -> None:
    address = f"json://{phone.address}"
    one, two = office.activities(address), office.activities(address, records=other)
    held = await hold(one, 1, 2)
    before = len(phone.requests)
    phone.hang()
    sending = asyncio.create_task(notify(one, again(held[0])))
    await asyncio.to_thread(phone.wait_for, before + 1)
    waits = await notify(two, again(held[1]))
    assert waits.held_for
    assert waits.held_for <= timedelta(seconds=5)
    assert not await forget(two, held[1]), "it is on its way"
    phone.release()
    assert (await sending).channel == "one"
    assert (await notify(two, again(held[1]))).repeated
    assert len(phone.requests) == before + 1


async def test_what_was_acknowledged_meanwhile_is_in_no_digest_and_comes_no_more(
    office: Office, phone: HttpSink
) -> None:
    activities = office.activities(f"json://{phone.address}")
    acknowledged, waiting = await hold(activities, 1, 2)
    assert await forget(activities, acknowledged)
    sent = await notify(activities, again(waiting))
    assert sent.detail == "in a digest of 1"
    assert "INC-AAAAAAAA01" not in phone.requests[-1].json["message"]

    before = len(phone.requests)
    for message in (acknowledged, again(acknowledged)):
        nothing = await notify(activities, message)
        assert (nothing.key, nothing.channel) == (message.key, "")
        assert (nothing.repeated, nothing.detail) == (True, "forgotten")
    assert len(phone.requests) == before


async def test_a_digest_that_nobody_takes_is_tried_again_and_then_complete(
    office: Office, phone: HttpSink
) -> None:
    activities = office.activities(f"json://{phone.address}")
    held = await hold(activities, 1, 2)
    phone.status = 500
    for message in held:
        with pytest.raises(ApplicationError) as failed:
            await notify(activities, again(message))
        assert failed.value.type == "Undeliverable"
    known = office.records.deliveries.get(held[0].key)
    assert known
    assert (known.state, known.detail) == (DeliveryState.HELD, failed.value.message)

    phone.status = 200
    assert (await notify(activities, again(held[1]))).detail == "in a digest of 2"
    assert (await notify(activities, again(held[0]))).repeated


async def test_without_the_record_store_every_page_comes_singly(
    office: Office, phone: HttpSink, caplog: pytest.LogCaptureFixture
) -> None:
    (office.place / "file").touch()
    away = RecordStore(f"sqlite:///{office.place}/file/records.db")
    activities = office.activities(f"json://{phone.address}", records=away)
    messages = [stormy(number) for number in range(8)]
    for message in messages:
        assert (await notify(activities, message)).channel == "one"
    assert (await notify(activities, again(stormy(9)))).channel == "one"
    with pytest.raises(Exception, match="cannot be used"):
        await forget(activities, messages[0])
    away.close()
    assert titles(phone) == [title_of(message) for message in (*messages, stormy(9))]
    assert "the ledger of deliveries is away" in caplog.text


async def test_a_page_that_is_held_twice_says_so_twice_and_goes_once(
    office: Office, phone: HttpSink
) -> None:
    """Such as when the worker that held it died before it could say so."""
    activities = office.activities(f"json://{phone.address}")
    [message] = await hold(activities, 1)
    assert (await notify(activities, message)).held_for
    assert (await notify(activities, again(message))).detail == "in a digest of 1"


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """How many transactions record stores begin that are connected from now on."""
    counted: Counter[str] = Counter()

    def listen(connection: object, _: object) -> None:
        # SQLite's own connection tells: the store begins those that write behind SQLAlchemy's back.
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(count_begin)

    def count_begin(statement: str) -> None:
        counted["transactions"] += statement.startswith("BEGIN")

    def count(connection: Connection) -> None:
        counted["transactions"] += connection.dialect.name == "postgresql"

    event.listen(Engine, "begin", count)
    event.listen(Engine, "connect", listen)
    try:
        yield counted
    finally:
        event.remove(Engine, "begin", count)
        event.remove(Engine, "connect", listen)


async def test_what_each_message_costs_the_record_store(office: Office, phone: HttpSink) -> None:
    activities = office.activities(f"json://{phone.address}")
    cost: dict[str, int] = {}
    with counting() as counted:
        office.records.prepare()

        async def costs(what: str, message: Notification) -> None:
            counted.clear()
            await notify(activities, message)
            cost[what] = counted["transactions"]

        await costs("a message", stormy(1, purpose=Purpose.TELL))
        await costs("a page", stormy(2))
        held = await hold(activities, 3, 4, 5)
        await costs("a page that is held", stormy(6))
        counted.clear()
        assert await forget(activities, held[0])
        cost["one that is forgotten"] = counted["transactions"]
        await costs("a digest of three", again(held[1]))
        await costs("one that finds its digest sent", again(held[2]))
    assert cost == {
        "a message": 2,
        "a page": 2,
        "a page that is held": 1,
        "one that is forgotten": 1,
        "a digest of three": 3,
        "one that finds its digest sent": 1,
    }
