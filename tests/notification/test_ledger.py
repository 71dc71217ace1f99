"""The ledger of messages: what is sent once, what twice, and what when it is away."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from standfast.incidents.notification import Audience, Notification, Purpose
from standfast.records.delivery import DeliveryState
from standfast.records.store import RecordStore
from tests.http_sink import HttpSink
from tests.notification.office import Office, notify, page


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
    assert not (await notify(activities, page())).repeated
    assert [request.key for request in phone.requests] == [page().key, page().key]


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
