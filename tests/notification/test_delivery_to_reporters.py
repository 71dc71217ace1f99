"""Reporters: only a plain address is ever put into a URL, and each is told on their own."""

import dataclasses
from contextlib import ExitStack

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.notification import TELL_ATTEMPTS
from activities.requests import NotificationBatch
from tests.http_sink import HttpSink
from tests.notification.office import Office, page, to_reporter


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
    await office.notify(message=message, reporters={"mail": channel})
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
        await office.notify(message=message, reporters={"mail": filled})
    assert (failed.value.type, failed.value.non_retryable) == ("UnknownRecipient", True)
    assert phone.requests == []

    other = to_reporter(reporter, key="INC-AAAAAAAAAA:1:tell-2:1")
    delivery = await office.notify(message=other, reporters={"mail": filled, "file": "outbox://"})
    assert delivery.channel == "file"
    assert office.sent()[0]["recipient"] == reporter


async def test_tidings_reach_who_can_be_reached_and_say_who_cannot(
    office: Office, phone: HttpSink
) -> None:
    tidings = NotificationBatch(
        messages=(
            page("INC-AAAAAAAAAA:1:tell-1:1"),
            to_reporter("somebody", key="INC-AAAAAAAAAA:1:tell-1:2"),
        )
    )
    activities = office.activities(f"json://{phone.address}")
    person, reporter = await ActivityEnvironment().run(activities.tell, tidings)
    assert (person.recipient, person.channel, person.problem) == ("dee", "one", "")
    assert (reporter.recipient, reporter.channel) == ("somebody", "")
    assert "no channel of the policy's reporters.channels reaches 'somebody'" in reporter.problem


async def test_tidings_are_tried_again_a_few_times_without_telling_anybody_twice(
    office: Office,
) -> None:
    tidings = NotificationBatch(
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
    assert (dee.channel, dee.problem) == ("one", "")
    assert dan.problem.startswith("no channel of dan took it")


def attempt_number(attempt: int) -> ActivityEnvironment:
    """The environment of an activity's n-th attempt."""
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, attempt=attempt)
    return environment
