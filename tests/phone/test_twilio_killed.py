"""A worker is killed before and after Twilio was asked: there is one SMS, and one call."""

import signal
from collections.abc import Iterator

import pytest

from standfast.records.delivery import DeliveryState
from tests.notification.killed_workers import NOT_DELIVERED, message
from tests.notification.killing import Workers
from tests.phone.twilio_server import TwilioServer

SMS, CALL = "sms", "call"
ANA = "+4915112345678"


@pytest.fixture(scope="module")
def twilio() -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        yield server


@pytest.fixture(scope="module")
def workers(twilio: TwilioServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    channels = {sort: twilio.url(sort, ANA) for sort in (SMS, CALL)}
    workers = Workers(tmp_path_factory.mktemp("workers"), channels)
    yield workers
    workers.close()


@pytest.mark.parametrize("sort", [SMS, CALL])
def test_however_often_a_worker_dies_at_twilio_there_is_one_message(
    workers: Workers, twilio: TwilioServer, sort: str
) -> None:
    made = twilio.messages if sort == SMS else twilio.calls
    key, deliveries = message(sort).key, workers.records.deliveries

    def killed_before() -> bool:
        workers.kill()
        return False

    twilio.coming = killed_before
    assert workers.deliver(sort) == -signal.SIGKILL
    assert not made
    workers.let_time_pass()

    twilio.coming, twilio.there = lambda: True, workers.kill
    assert workers.deliver(sort) == -signal.SIGKILL
    assert len(made) == 1
    workers.let_time_pass()

    twilio.there = lambda: None
    twilio.refuse(500, 20500)
    assert workers.deliver(sort) == NOT_DELIVERED
    twilio.refuse(0, 0)
    failed = deliveries.get(key)
    assert failed
    assert "it is unknown whether an earlier attempt got through" in failed.detail

    assert workers.deliver(sort) == workers.deliver(sort) == 0
    [one] = made
    delivered = deliveries.get(key)
    assert delivered
    assert delivered.state is DeliveryState.DELIVERED
    [line] = [
        each
        for each in workers.records.phone_messages.to_answer(ANA)
        if each.provider_id == one.sid
    ]
    assert line.key == key
