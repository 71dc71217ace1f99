"""Reaching people: through which channel, once per key, and without a word about secrets."""

import asyncio
import dataclasses
import json
import logging
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.notification import TELL_ATTEMPTS, NotificationActivities
from activities.policy_source import PolicySource
from activities.requests import Tidings
from incidents.assessment import Priority
from incidents.notification import Audience, Delivery, Notification, Purpose
from records.store import DeliveryState, RecordStore
from tests.decisions.small_policy import SMALL
from tests.notification.http_sink import HttpSink

PATIENT = timedelta(seconds=10)


class Office:
    """The people of one test, the activities that reach them, and the ledger."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.records = RecordStore(f"sqlite:///{place}/records.db")
        self.outbox = place / "data" / "outbox.jsonl"
        self.environment: dict[str, str] = {}

    def activities(
        self,
        *channels: str,
        reporters: tuple[str, ...] = (),
        records: RecordStore | None = None,
        try_for: timedelta = PATIENT,
    ) -> NotificationActivities:
        """Reach `dee` through these channels, and reporters through those."""
        dee = {"name": "Dee", "channels": list(channels or ["outbox://"])}
        policy = SMALL | {
            "people": SMALL["people"] | {"dee": dee},
            "reporters": {"channels": list(reporters)},
        }
        path = self.place / "policy.yaml"
        path.write_text(yaml.safe_dump(policy))
        return NotificationActivities(
            PolicySource(path), records or self.records, self.outbox, self.environment, try_for
        )

    async def notify(
        self,
        *channels: str,
        message: Notification | None = None,
        reporters: tuple[str, ...] = (),
        records: RecordStore | None = None,
        try_for: timedelta = PATIENT,
    ) -> Delivery:
        """Send `message` as the activity would."""
        activities = self.activities(
            *channels, reporters=reporters, records=records, try_for=try_for
        )
        return await ActivityEnvironment().run(activities.notify, message or page())

    def sent(self) -> list[dict[str, Any]]:
        """What stands in the outbox."""
        return [json.loads(line) for line in self.outbox.read_text("utf-8").splitlines()]


def page(key: str = "INC-AAAAAAAAAA:1:page-1:1", **changed: object) -> Notification:
    fields: dict[str, object] = {
        "key": key,
        "incident_id": "INC-AAAAAAAAAA",
        "purpose": Purpose.PAGE,
        "recipient": "dee",
        "priority": Priority.P2,
        "title": "Please acknowledge: disk full",
        "body": "you are on call for it",
    }
    return Notification.model_validate(fields | changed)


def to_reporter(reporter: str, key: str = "INC-AAAAAAAAAA:1:tell-1:1") -> Notification:
    return page(key, audience=Audience.REPORTER, recipient=reporter)


def closed_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    yield office
    office.records.close()


@pytest.fixture
def phone() -> Iterator[HttpSink]:
    with HttpSink() as phone:
        yield phone


async def test_the_first_channel_that_takes_it_is_the_last_one_tried(office: Office) -> None:
    with HttpSink() as first, HttpSink() as second:
        delivery = await office.notify(f"json://{first.address}/a", f"json://{second.address}/b")
        [request] = first.requests
        assert second.requests == []
    assert delivery == Delivery(key=page().key, recipient="dee", channel="json (1)")
    assert (request.json["title"], request.json["message"]) == (page().title, page().body)
    known = office.records.known_delivery(page().key)
    assert known
    assert (known.state, known.channel) == (DeliveryState.DELIVERED, "json (1)")


async def test_a_channel_that_is_down_or_broken_makes_room_for_the_next(
    office: Office, phone: HttpSink
) -> None:
    with HttpSink(status=500) as broken:
        delivery = await office.notify(
            f"json://127.0.0.1:{closed_port()}",
            f"json://{broken.address}",
            f"json://{phone.address}",
        )
        assert len(broken.requests) == 1
    assert delivery.channel == "json (3)"
    assert len(phone.requests) == 1


async def test_a_channel_that_hangs_holds_up_nothing_but_its_own_try(
    office: Office, phone: HttpSink
) -> None:
    with HttpSink() as stuck:
        stuck.hang()
        began = time.monotonic()
        deliveries = await asyncio.gather(
            *(
                office.notify(
                    f"json://{stuck.address}",
                    f"json://{phone.address}",
                    message=page(f"INC-AAAAAAAAAA:1:page-{number}:1"),
                    try_for=timedelta(seconds=0.5),
                )
                for number in range(20)
            )
        )
        took = time.monotonic() - began
    assert {delivery.channel for delivery in deliveries} == {"json (2)"}
    assert len(phone.requests) == 20
    assert took < 10, "one after the other they would have taken longer"


async def test_when_no_channel_takes_it_the_failure_names_each_and_why(office: Office) -> None:
    with HttpSink(status=503) as broken, HttpSink() as stuck, ExitStack() as sinks:
        # Redirected, a message would arrive as a GET without its text.
        moved = {"Location": f"http://{sinks.enter_context(HttpSink()).address}/"}
        elsewhere = sinks.enter_context(HttpSink(302, moved))
        stuck.hang()
        with pytest.raises(ApplicationError) as failed:
            await office.notify(
                f"json://{broken.address}/?optional=yes",
                f"json://127.0.0.1:{closed_port()}",
                f"json://{stuck.address}",
                f"json://{elsewhere.address}",
                "nonsense-without-a-scheme",
                "nosuch://somewhere",
                "secret:PAGER",
                try_for=timedelta(seconds=1),
            )
    assert failed.value.type == "Undeliverable"
    assert not failed.value.non_retryable
    assert failed.value.message == (
        "no channel of dee took it. json (1): answered with HTTP status 503; "
        "json (2): could not be reached, or did not answer; "
        "json (3): did not answer in 1 s; "
        "json (4): answered with HTTP status 302; "
        "channel (5): is not a URL that Apprise knows; "
        "nosuch (6): is not a URL that Apprise knows; "
        "secret (7): STANDFAST_SECRET_PAGER is not set where the worker runs"
    )
    known = office.records.known_delivery(page().key)
    assert known
    assert (known.state, known.detail) == (DeliveryState.FAILED, failed.value.message)


async def test_a_delivered_key_is_not_sent_again(office: Office, phone: HttpSink) -> None:
    await office.notify(f"json://{phone.address}")
    again = await office.notify(f"json://{phone.address}/another")
    assert again == Delivery(key=page().key, recipient="dee", channel="json (1)", repeated=True)
    assert len(phone.requests) == 1


async def test_a_key_whose_sending_nobody_saw_end_is_sent_again_under_the_same_key(
    office: Office, phone: HttpSink
) -> None:
    activities = office.activities(f"json://{phone.address}")
    phone.hang()
    lost = asyncio.create_task(ActivityEnvironment().run(activities.notify, page()))
    await asyncio.to_thread(phone.wait_for, 1)
    lost.cancel()
    await asyncio.gather(lost, return_exceptions=True)
    known = office.records.known_delivery(page().key)
    assert known
    assert known.state is DeliveryState.INTENDED

    phone.release()
    assert not (await ActivityEnvironment().run(activities.notify, page())).repeated
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


async def test_without_its_ledger_the_page_goes_out_and_the_log_says_so(
    office: Office, phone: HttpSink, caplog: pytest.LogCaptureFixture
) -> None:
    (office.place / "file").touch()
    away = RecordStore(f"sqlite:///{office.place}/file/records.db")
    delivery = await office.notify(f"json://{phone.address}", records=away)
    away.close()
    assert (delivery.channel, delivery.repeated) == ("json (1)", False)
    assert len(phone.requests) == 1
    assert "the ledger of deliveries is away" in caplog.text


@pytest.mark.parametrize("scheme", ["json", "xml", "form"])
async def test_the_key_is_a_header_where_there_are_headers(
    office: Office, phone: HttpSink, scheme: str
) -> None:
    await office.notify(f"{scheme}://{phone.address}/in?+X-Team=night")
    [request] = phone.requests
    assert request.key == page().key
    assert request.headers["x-team"] == "night"
    assert b"ref:" not in request.body


async def test_elsewhere_the_key_is_the_last_line(office: Office, phone: HttpSink) -> None:
    await office.notify(f"gotify://{phone.address}/token")
    [request] = phone.requests
    assert request.json["message"].splitlines()[-1] == f"ref: {page().key}"


async def test_a_title_too_long_for_a_service_is_cut_and_the_rest_arrives(
    office: Office, phone: HttpSink
) -> None:
    await office.notify(f"gotify://{phone.address}/token", message=page(title="x" * 400))
    [request] = phone.requests
    assert set(request.json["title"]) == {"x"}
    assert len(request.json["title"]) < 400
    assert page().body in request.json["message"]


async def test_what_a_reporter_wrote_arrives_as_it_was_written(
    office: Office, phone: HttpSink
) -> None:
    wild = (
        "a *b* <b>c</b> :smile: C:\\new\\table &amp; {reporter} %s $HOME \"'\n"
        "# not a heading\n- é 😀"
    )
    await office.notify(f"json://{phone.address}", message=page(title=wild, body=wild + "\n:boom:"))
    [request] = phone.requests
    assert request.json["message"] == wild + "\n:boom:"
    assert request.json["title"] == " ".join(wild.split())


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What a worker would log that logs everything."""
    log, root = StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(log), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield log
    root.removeHandler(handler)
    root.setLevel(level)


async def test_a_secret_is_used_and_never_told(
    office: Office, phone: HttpSink, log: StringIO
) -> None:
    channels = ("secret:BROKEN", "secret:DOWN", "secret:WORKS")
    with HttpSink(status=500) as broken:
        office.environment = {
            "STANDFAST_SECRET_BROKEN": f"gotify://{broken.address}/hush-token-1",
            "STANDFAST_SECRET_DOWN": f"json://ann:hush-word-2@127.0.0.1:{closed_port()}/hush-path-3",
            "STANDFAST_SECRET_WORKS": f"json://{phone.address}/hush-path-4?+X-Api-Key=hush-key-5",
        }
        delivery = await office.notify(*channels)
        with pytest.raises(ApplicationError) as failed:
            await office.notify(*channels[:2], message=page("INC-AAAAAAAAAA:1:page-2:1"))
    assert (delivery.channel, phone.requests[0].path) == ("json (3)", "/hush-path-4")
    assert phone.requests[0].headers["x-api-key"] == "hush-key-5"
    ledger = [office.records.known_delivery(f"INC-AAAAAAAAAA:1:page-{n}:1") for n in (1, 2)]
    told = f"{delivery!r} {failed.value!r} {failed.value.__cause__!r} {ledger!r}"
    assert "gotify (1): answered with HTTP status 500" in told
    assert "gotify (1) did not take it: answered with HTTP status 500" in log.getvalue()
    for words in (told, log.getvalue()):
        assert "hush" not in words
        assert broken.address not in words


async def test_nobody_of_that_name_fails_for_good(office: Office) -> None:
    with pytest.raises(ApplicationError) as failed:
        await office.notify(message=page(recipient="zoe"))
    assert (failed.value.type, failed.value.non_retryable) == ("UnknownRecipient", True)
    assert failed.value.message == "the policy's people have nobody called 'zoe'"


@pytest.mark.parametrize(
    ("reporter", "path"),
    [
        ("mia@fernhill.example", "/to/mia%40fernhill.example"),
        ("mia+home@fern-hill.example", "/to/mia%2Bhome%40fern-hill.example"),
    ],
)
async def test_a_reporters_address_is_filled_in_encoded(
    office: Office, phone: HttpSink, reporter: str, path: str
) -> None:
    message = to_reporter(reporter)
    channel = f"json://{phone.address}/to/{{reporter}}?-who={{reporter}}"
    await office.notify(message=message, reporters=(channel,))
    [request] = phone.requests
    sent_to, _, query = request.path.partition("?")
    assert sent_to in (path, path.replace("%40", "@").replace("%2B", "+"))
    assert query == "who=" + path.removeprefix("/to/")


@pytest.mark.parametrize(
    "reporter",
    [
        "",
        "Mia from the warehouse",
        "mia@fernhill.example?smtp=evil.example",
        "mia@fernhill.example,eve@evil.example",
        "mia@fernhill.example eve@evil.example",
        "mia@fernhill.example&to=eve@evil.example",
        "o'neil@fernhill.example",
        "mia%2Ceve@fernhill.example",
        "mia@evil.example/../../admin",
        "mia@fernhill.example\nBcc: eve@evil.example",
        "{reporter}@fernhill.example",
        "-oProxyCommand@fernhill.example",
        "mia@localhost",
    ],
)
async def test_what_is_no_plain_address_is_never_put_into_a_url(
    office: Office, phone: HttpSink, reporter: str
) -> None:
    message = to_reporter(reporter)
    filled = f"json://{phone.address}/to/{{reporter}}"
    with pytest.raises(ApplicationError) as failed:
        await office.notify(message=message, reporters=(filled,))
    assert (failed.value.type, failed.value.non_retryable) == ("UnknownRecipient", True)
    assert phone.requests == []

    other = to_reporter(reporter, key="INC-AAAAAAAAAA:1:tell-2:1")
    delivery = await office.notify(message=other, reporters=(filled, "outbox://"))
    assert delivery.channel == "outbox (2)"
    assert office.sent()[0]["recipient"] == reporter


async def test_the_outbox_shows_what_would_have_been_sent(office: Office) -> None:
    lines = 'two\nlines with a \u2028 and an "é"'
    messages = [page(f"INC-AAAAAAAAAA:1:page-{n}:1", body=f"{n} {lines}") for n in range(20)]
    activities = office.activities("outbox://")
    await asyncio.gather(
        *(ActivityEnvironment().run(activities.notify, message) for message in messages)
    )
    written = [json.loads(line) for line in office.outbox.read_text("utf-8").split("\n")[:-1]]
    assert sorted(line["body"] for line in written) == sorted(m.body for m in messages)
    assert set(written[0]) == {"at", "key", "recipient", "purpose", "priority", "title", "body"}
    assert (written[0]["purpose"], written[0]["priority"]) == ("page", "P2")


async def test_an_outbox_that_cannot_be_written_is_a_channel_that_fails(office: Office) -> None:
    (office.place / "data").touch()
    with pytest.raises(ApplicationError) as failed:
        await office.notify("outbox://")
    assert f"outbox (1): {office.outbox} cannot be written" in failed.value.message


async def test_a_quick_try_costs_no_heartbeat(office: Office, phone: HttpSink) -> None:
    beats: list[Mapping[str, object]] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *details: beats.append({"details": details})
    activities = office.activities(f"json://{phone.address}")
    await environment.run(activities.notify, page())
    assert beats == []


async def test_tidings_reach_who_can_be_reached_and_say_who_cannot(
    office: Office, phone: HttpSink
) -> None:
    tidings = Tidings(
        messages=(
            page("INC-AAAAAAAAAA:1:tell-1:1"),
            to_reporter("somebody", key="INC-AAAAAAAAAA:1:tell-1:2"),
        )
    )
    activities = office.activities(f"json://{phone.address}")
    person, reporter = await ActivityEnvironment().run(activities.tell, tidings)
    assert (person.recipient, person.channel, person.problem) == ("dee", "json (1)", "")
    assert (reporter.recipient, reporter.channel) == ("somebody", "")
    assert "no channel of the policy's reporters.channels reaches 'somebody'" in reporter.problem


async def test_tidings_are_tried_again_a_few_times_without_telling_anybody_twice(
    office: Office,
) -> None:
    tidings = Tidings(
        messages=(
            page("INC-AAAAAAAAAA:1:tell-1:1"),
            page("INC-AAAAAAAAAA:1:tell-1:2", recipient="dan"),
        )
    )
    with ExitStack() as sinks:
        phone = sinks.enter_context(HttpSink())
        activities = office.activities(f"json://{phone.address}")
        for attempt in range(1, TELL_ATTEMPTS):
            with pytest.raises(ApplicationError, match="no channel of dan took it"):
                await attempt_number(attempt).run(activities.tell, tidings)
        dee, dan = await attempt_number(TELL_ATTEMPTS).run(activities.tell, tidings)
        assert len(phone.requests) == 1
    assert (dee.channel, dee.problem) == ("json (1)", "")
    assert dan.problem.startswith("no channel of dan took it")


def attempt_number(attempt: int) -> ActivityEnvironment:
    """The environment of an activity's n-th attempt."""
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, attempt=attempt)
    return environment
