"""A worker is killed while it delivers: what it knew to be delivered is not sent again.

What nobody knows is sent again, by each kind of channel: then its recipient has one message all the
same, or it is said that there are perhaps two.
"""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from standfast.hosting.push_key import push_key
from standfast.notification.channels import PERHAPS_TWICE
from standfast.notification.kinds import registry
from standfast.records.delivery import DeliveryState, Progress
from standfast.records.push_devices import DeviceOwner
from tests.http_sink import HttpSink
from tests.local_server import LocalServer
from tests.notification.killed_workers import message, settings
from tests.notification.killing import Workers
from tests.notification.mail_server import MailServer
from tests.notification.ntfy_server import NtfyServer
from tests.notification.office import Office, notify, numbered
from tests.notification.push_browser import PushBrowser
from tests.phone.twilio_server import TwilioServer

COUNT = 60


def killed_half_way(place: Path, address: str) -> list[str]:
    """What a worker had said to be delivered when it was killed."""
    command = [sys.executable, "-m", "tests.notification.killed_worker"]
    given = [str(place), address, str(COUNT)]
    with subprocess.Popen([*command, *given], stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout
        said = [worker.stdout.readline() for _ in range(COUNT // 3)]
        worker.kill()
        said += worker.stdout.readlines()
    return [line.strip() for line in said if line.endswith("\n")]


async def test_after_a_kill_only_what_nobody_knew_to_be_delivered_is_sent_again(
    office: Office, phone: HttpSink, tmp_path: Path
) -> None:
    known = await asyncio.to_thread(killed_half_way, tmp_path, phone.address)
    assert len(known) >= COUNT // 3
    activities = office.activities(f"json://{phone.address}")
    await asyncio.gather(*(notify(activities, numbered(number)) for number in range(COUNT)))

    sent = Counter(request.key for request in phone.requests)
    assert set(sent) == {numbered(number).key for number in range(COUNT)}
    assert {sent[key] for key in known} == {1}
    assert max(sent.values()) <= 2


class Service(NamedTuple):
    """What a channel of a kind leads to on this machine.

    server: it has `coming` and `there`. url: of the channel. shows: what its recipient has of it.
    """

    server: LocalServer | MailServer
    url: str
    shows: Callable[[], int]


NUMBER = "+4915112345678"


def services(servers: ExitStack) -> dict[str, Service]:
    """By the scheme of the URL. Whoever adds a kind of channel adds its service here."""
    ntfy, twilio = servers.enter_context(NtfyServer()), servers.enter_context(TwilioServer())
    mail, webhook = servers.enter_context(MailServer()), servers.enter_context(HttpSink())
    push = servers.enter_context(HttpSink(201))

    def pushes_shown() -> int:
        """Of each topic, of which our service worker makes the tag, there is one."""
        return len({each.headers["topic"] for each in push.requests})

    def of_ntfy() -> Service:
        return Service(ntfy, f"ntfy://{ntfy.address}/dee", lambda: len(ntfy.shown))

    return {
        "ntfy": of_ntfy(),
        "webpush": Service(push, "webpush://", pushes_shown),
        "twilio-sms": Service(twilio, twilio.url("sms", NUMBER), lambda: len(twilio.messages)),
        "twilio-call": Service(twilio, twilio.url("call", NUMBER), lambda: len(twilio.calls)),
        # Of what Apprise knows: by SMTP, and by HTTP with and without a header for the key.
        "mailto": Service(mail, mail.url("dee@x.example"), lambda: len(mail.taken)),
        "json": Service(webhook, f"json://{webhook.address}", lambda: len(webhook.requests)),
    }


SAME_AS = {"ntfys": "ntfy"}
"""With TLS, and otherwise the same."""

STAYS_HERE = {"outbox"}

KINDS = [each for each in registry._KINDS if each not in STAYS_HERE | SAME_AS.keys()]


class Killed(NamedTuple):
    services: dict[str, Service]
    workers: Workers


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killed]:
    place = tmp_path_factory.mktemp("killed")
    with ExitStack() as servers:
        found = services(servers)
        push = found["webpush"].server
        assert isinstance(push, HttpSink)
        origin = f"http://{push.address}"
        channels = {name: service.url for name, service in found.items()}
        workers = Workers(place, channels, push_service=origin)
        servers.callback(workers.close)
        browser = PushBrowser(origin, push_key(settings(place, origin)))
        owner = DeviceOwner("dee", "Dee", session="", token="")
        workers.records.push_devices.add(owner, "phone", browser.subscription, datetime.now(UTC))
        yield Killed(found, workers)


@pytest.mark.parametrize("kind", [*KINDS, "mailto", "json"])
def test_wherever_a_worker_dies_there_is_one_message_or_it_is_said(
    killed: Killed, kind: str
) -> None:
    workers, (server, _, shows) = killed.workers, killed.services[kind]
    deliveries, key = workers.records.deliveries, message(kind).key

    def die() -> Any:
        workers.kill()

    server.coming = die
    assert workers.deliver(kind) == -signal.SIGKILL
    assert shows() == 0
    workers.let_time_pass()

    server.coming, server.there = lambda: True, die
    assert workers.deliver(kind) == -signal.SIGKILL
    assert shows() == 1
    workers.let_time_pass()
    server.there = lambda: None

    assert workers.deliver(kind) == workers.deliver(kind) == 0
    delivered = deliveries.get(key)
    assert delivered
    assert delivered.state is DeliveryState.DELIVERED
    [sent] = [
        each
        for each in deliveries.of_incident("INC-AAAAAAAAAA")
        if (each.key, each.state) == (key, Progress.SENT)
    ]
    if shows() != 1:
        assert (shows(), sent.detail) == (2, PERHAPS_TWICE)
    elif registry.kind_of(killed.services[kind].url).once:
        assert sent.detail == ""
