"""A worker is killed before and after Twilio was asked: there is one SMS, and one call."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest
import yaml
from sqlalchemy import select, update

from standfast.notification.kinds.phone import ON_ITS_WAY
from standfast.records.delivery import DeliveryState
from standfast.records.store import RecordStore
from standfast.records.tables import phone_messages
from tests.decisions.small_policy import SMALL
from tests.patience import PATIENCE
from tests.phone.killed_workers import NOT_DELIVERED, message
from tests.phone.twilio_server import TwilioServer

SMS, CALL = "sms", "call"
ANA = "+4915112345678"


class Workers:
    """Workers one after the other, on one record store."""

    def __init__(self, place: Path, twilio: TwilioServer) -> None:
        people = SMALL["people"] | {
            "dee": {
                "name": "Dee",
                "channels": {sort: twilio.url(sort, ANA) for sort in (SMS, CALL)},
            }
        }
        (place / "policy.yaml").write_text(yaml.safe_dump(SMALL | {"people": people}))
        self.records = RecordStore(f"sqlite:///{place}/r.db")
        self._at_work: Queue[int] = Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.phone.killed_workers", str(place)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def deliver(self, channel: str) -> int:
        """Have one deliver the page through a channel; its exit code, of a signal below 0."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{channel}\n")
        self._process.stdin.flush()
        self._at_work.put(int(self._process.stdout.readline()))
        ended = int(self._process.stdout.readline())
        while not self._at_work.empty():
            self._at_work.get()
        return ended

    def kill(self) -> None:
        """Kill the one that is at work."""
        os.kill(self._at_work.get(timeout=PATIENCE), signal.SIGKILL)

    def let_time_pass(self) -> None:
        """As long as a request of the one before may still be on its way."""
        c = phone_messages.c
        with self.records._database.writing() as connection:
            for line, at in connection.execute(select(c.id, c.at)).all():
                earlier = update(phone_messages).where(c.id == line).values(at=at - ON_ITS_WAY)
                connection.execute(earlier)

    def close(self) -> None:
        """Let the last one end."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()
        self.records.close()


@pytest.fixture(scope="module")
def twilio() -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        yield server


@pytest.fixture(scope="module")
def workers(twilio: TwilioServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    workers = Workers(tmp_path_factory.mktemp("workers"), twilio)
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

    twilio.coming, twilio.taken = lambda: True, lambda _: workers.kill()
    assert workers.deliver(sort) == -signal.SIGKILL
    assert len(made) == 1
    workers.let_time_pass()

    twilio.taken = lambda _: None
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
