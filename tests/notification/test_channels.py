"""Through which of their channels somebody is reached, and what is said of the others."""

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from standfast.incidents.notification import Purpose
from standfast.records.delivery import DeliveryState
from tests.http_sink import HttpSink
from tests.notification.office import Office, closed_port, page


async def test_the_first_channel_that_takes_it_is_the_last_one_tried(office: Office) -> None:
    with HttpSink() as first, HttpSink() as second:
        delivery = await office.notify(f"json://{first.address}/a", f"json://{second.address}/b")
        [request] = first.requests
        assert second.requests == []
    assert (delivery.channel, delivery.problems, delivery.repeated) == ("one", (), False)
    assert (request.json["title"], request.json["message"]) == (page().title, page().body)
    known = office.records.deliveries.get(page().key)
    assert known
    assert (known.state, known.channel) == (DeliveryState.DELIVERED, "one")


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
    assert delivery.channel == "three"
    assert delivery.problems == (
        "one: could not be reached, or did not answer",
        "two: answered with HTTP status 500",
    )
    assert len(phone.requests) == 1


@pytest.mark.parametrize(
    ("through", "order"),
    [
        ((), ["sms", "mail", "call"]),
        (("call",), ["call"]),
        (("call", "sms"), ["call", "sms"]),
        (("pager", "mail"), ["mail"]),
        (("pager",), ["sms", "mail", "call"]),
        (("call", "call"), ["call"]),
    ],
)
async def test_a_page_goes_through_the_channels_it_names_in_their_order(
    office: Office, through: tuple[str, ...], order: list[str]
) -> None:
    with HttpSink(status=500) as broken:
        channels = {name: f"json://{broken.address}/{name}" for name in ("sms", "mail", "call")}
        with pytest.raises(ApplicationError):
            await office.notify(channels=channels, message=page(through=through))
        assert [request.path.strip("/") for request in broken.requests] == order


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
        "no channel of dee took it. one: answered with HTTP status 503; "
        "two: could not be reached, or did not answer; "
        "three: did not answer in 1 s; "
        "four: answered with HTTP status 302; "
        "five: is not a URL that Apprise knows; "
        "six: is not a URL that Apprise knows; "
        "seven: STANDFAST_SECRET_PAGER is not set where the worker runs"
    )
    known = office.records.deliveries.get(page().key)
    assert known
    state = DeliveryState.INTENDED  # the third may have it all the same
    assert (known.state, known.detail) == (state, failed.value.message)


async def test_nobody_of_that_name_fails_for_good(office: Office) -> None:
    with pytest.raises(ApplicationError) as failed:
        await office.notify(message=page(recipient="zoe"))
    assert (failed.value.type, failed.value.non_retryable) == ("UnknownRecipient", True)
    assert failed.value.message == "the policy's people have nobody called 'zoe'"


async def test_a_quick_try_costs_no_heartbeat(office: Office, phone: HttpSink) -> None:
    beats: list[Mapping[str, object]] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *details: beats.append({"details": details})
    activities = office.activities(f"json://{phone.address}")
    await environment.run(activities.notify, page())
    assert beats == []


async def test_an_outbox_that_cannot_be_written_is_a_channel_that_fails(office: Office) -> None:
    (office.place / "data").touch()
    with pytest.raises(ApplicationError) as failed:
        await office.notify("outbox://")
    assert f"one: {office.outbox} cannot be written" in failed.value.message


async def test_nobody_is_called_for_an_all_clear(office: Office, phone: HttpSink) -> None:
    """Who was reached by a call hears it by another channel, or not at all."""
    over = page(purpose=Purpose.OVER, through=("call",))
    call, push = "twilio-call://x", f"json://{phone.address}"
    delivery = await office.notify(message=over, channels={"call": call, "push": push})
    assert delivery.channel == "push"
    other = page("INC-AAAAAAAAAA:1:over-2:1", purpose=Purpose.OVER)
    with pytest.raises(ApplicationError, match="dee has only phones to call") as refused:
        await office.notify(message=other, channels={"call": call})
    assert refused.value.non_retryable
    assert len(phone.requests) == 1
