"""The ledger of messages: what is sent once, what twice, and what when it is away."""

import asyncio
import gc
import threading
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from standfast.incidents.confidentiality import Confidential
from standfast.incidents.message_content import MessageContent
from standfast.incidents.notification import Audience, Notification, Purpose
from standfast.notification.channels import PERHAPS_TWICE
from standfast.notification.errors import Undeliverable
from standfast.notification.ledger import DeliveryLedger, fingerprint
from standfast.records.delivery import DeliveryState, SentThrough
from standfast.records.digest import Digest
from standfast.records.store import RecordStore
from tests.http_sink import HttpSink
from tests.notification.office import Office, notify, numbered, page
from tests.patience import PATIENCE
from tests.records.samples import incident


async def test_a_delivered_key_is_not_sent_again(office: Office, phone: HttpSink) -> None:
    await office.notify(f"json://{phone.address}")
    again = await office.notify(f"json://{phone.address}/another")
    assert (again.key, again.channel, again.repeated) == (page().key, "one", True)
    assert len(phone.requests) == 1


async def test_a_key_whose_sending_nobody_saw_end_is_sent_again_under_the_same_key(
    office: Office, phone: HttpSink
) -> None:
    activities = office.activities(f"json://{phone.address}")
    phone.hang()
    lost = asyncio.create_task(notify(activities, page()))
    await asyncio.to_thread(phone.wait_for, 1)
    lost.cancel()
    await asyncio.gather(lost, return_exceptions=True)
    known = office.records.deliveries.get(page().key)
    assert known
    assert known.state is DeliveryState.INTENDED

    phone.release()
    again = await notify(activities, page())
    assert (again.repeated, again.detail) == (False, PERHAPS_TWICE)
    assert [request.key for request in phone.requests] == [page().key, page().key]


async def test_what_perhaps_came_is_in_doubt_until_it_is_delivered_and_what_was_refused_is_not(
    office: Office, phone: HttpSink
) -> None:
    url = f"json://{phone.address}"
    phone.status = 500
    with pytest.raises(ApplicationError):
        await office.notify(url)
    phone.status = 200
    assert (await office.notify(url)).detail == ""

    other = numbered(2)
    phone.hang()
    with pytest.raises(ApplicationError):
        await office.notify(url, message=other, try_for=timedelta(seconds=0.2))
    phone.release()
    phone.status = 500
    with pytest.raises(ApplicationError):
        await office.notify(url, message=other)
    phone.status = 200
    assert (await office.notify(url, message=other)).detail == PERHAPS_TWICE


async def test_a_page_tells_of_no_other_that_was_made_confidential_since_it_was_written(
    office: Office,
) -> None:
    other = "INC-BBBBBBBBBB"
    lines = ("It printed nothing.", "", f"Similar: {other} Otto's pay: Hid it")
    told = page(content=MessageContent(what="Printer on fire", evidence=lines))
    office.records.incidents.save(incident(other, title="Otto's pay"))
    policy = office.delivery()._policy
    assert await DeliveryLedger(policy, office.records).as_it_is_now(told) == told
    secret = Confidential(by="ana")
    office.records.incidents.save(incident(other, title="Otto's pay", confidential=secret))
    await office.notify(message=told)
    [sent] = office.sent()
    assert "It printed nothing." in sent["body"]
    assert "Otto" not in str(sent)
    # It is the same message as before, so that it is not sent twice.
    assert (await office.notify(message=told)).repeated
    # Nor does it while nobody knows.
    away = RecordStore(f"sqlite:///{office.place}/policy.yaml/records.db")
    left = (await DeliveryLedger(policy, away).as_it_is_now(told)).content
    assert left is not None
    assert left.evidence == ("It printed nothing.",)


@pytest.mark.parametrize(
    "other",
    [
        page(recipient="dan"),
        page(title="Please acknowledge: another disk"),
        page(body="another reason"),
        page(purpose=Purpose.TELL),
        page(audience=Audience.REPORTER),
    ],
    ids=["recipient", "title", "body", "purpose", "audience"],
)
async def test_a_key_never_carries_another_message(
    office: Office, phone: HttpSink, other: Notification
) -> None:
    await office.notify(f"json://{phone.address}")
    with pytest.raises(ApplicationError) as refused:
        await office.notify(f"json://{phone.address}", message=other)
    assert (refused.value.type, refused.value.non_retryable) == ("KeyReused", True)
    assert page().key in refused.value.message
    assert len(phone.requests) == 1


async def test_what_a_reset_run_says_otherwise_goes_out_under_a_key_of_its_own(
    office: Office, phone: HttpSink
) -> None:
    """A run that was reset to before a fault may come to another page in the same step."""
    await office.notify(f"json://{phone.address}")
    lease = timedelta(minutes=1)
    office.records.repairs.begin("run:4", page().incident_id, 1, "watchdog", lease)
    other = page(body="another reason")
    delivery = await office.notify(f"json://{phone.address}", message=other)
    assert delivery.key == f"{other.key}:r1"
    again = await office.notify(f"json://{phone.address}", message=other)
    assert again.repeated
    same = await office.notify(f"json://{phone.address}")
    assert same.repeated
    assert [request.key for request in phone.requests] == [page().key, f"{page().key}:r1"]


async def test_without_its_ledger_the_page_goes_out_and_the_log_says_so(
    office: Office, phone: HttpSink, caplog: pytest.LogCaptureFixture
) -> None:
    (office.place / "file").touch()
    away = RecordStore(f"sqlite:///{office.place}/file/records.db")
    delivery = await office.notify(f"json://{phone.address}", records=away)
    away.close()
    assert (delivery.channel, delivery.repeated) == ("one", False)
    assert len(phone.requests) == 1
    assert "the ledger of deliveries is away" in caplog.text


KEY = page().key


def ledger_of(office: Office, records: RecordStore) -> DeliveryLedger:
    return office.delivery(records=records)._ledger


async def cancelled(records: RecordStore, asking: Coroutine[Any, Any, object]) -> None:
    """Cancel who asks the ledger before the record store, which is busy, has come to it."""
    busy, free = threading.Event(), threading.Event()

    def hold_up() -> None:
        busy.set()
        assert free.wait(PATIENCE)

    held_up = asyncio.create_task(records.run(hold_up))
    assert await asyncio.to_thread(busy.wait, PATIENCE)
    asked = asyncio.create_task(asking)
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    free.set()
    await held_up
    await records.run(bool)


@pytest.mark.parametrize(
    ("note", "state"),
    [
        (
            lambda ledger: ledger.delivered(page(), "text", SentThrough("one")),
            DeliveryState.DELIVERED,
        ),
        (
            lambda ledger: ledger.undelivered(page(), "text", Undeliverable("no channel")),
            DeliveryState.FAILED,
        ),
    ],
    ids=["delivered", "undelivered"],
)
async def test_what_became_of_a_message_is_written_although_its_sender_is_cancelled(
    office: Office,
    note: Callable[[DeliveryLedger], Coroutine[Any, Any, None]],
    state: DeliveryState,
) -> None:
    await cancelled(office.records, note(ledger_of(office, office.records)))
    known = office.records.deliveries.get(KEY)
    assert known
    assert known.state is state


async def test_a_digest_that_went_out_is_known_although_its_sender_is_cancelled(
    office: Office,
) -> None:
    office.storm = {"pages": 1, "within": "10m", "digest_every": "1m"}
    paged = page(team="network")
    await office.notify(message=numbered(2, team="network"))
    await office.notify(message=paged)
    ledger = ledger_of(office, office.records)
    digest = await ledger.open(paged.model_copy(update={"digest": True}), fingerprint(paged))
    assert isinstance(digest, Digest)
    await cancelled(office.records, ledger.digest_sent(digest, SentThrough("one")))
    known = office.records.deliveries.get(KEY)
    assert known
    assert known.state is DeliveryState.DELIVERED


async def test_what_is_asked_before_a_message_goes_out_is_not_when_its_sender_is_cancelled(
    office: Office,
) -> None:
    await cancelled(office.records, ledger_of(office, office.records).open(page(), "text"))
    assert office.records.deliveries.get(KEY) is None


async def test_without_the_record_store_a_cancelled_sender_leaves_one_line_in_the_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    (office.place / "file").touch()
    away = RecordStore(f"sqlite:///{office.place}/file/records.db")
    await cancelled(away, ledger_of(office, away).delivered(page(), "text", SentThrough("one")))
    gc.collect()  # when asyncio tells of failures that nobody asked about
    away.close()
    [said] = [record.getMessage() for record in caplog.records]
    assert said.startswith(f"{KEY}: the ledger of deliveries is away, so it may be sent twice")
