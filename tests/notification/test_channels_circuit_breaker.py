"""Circuit breakers: a channel that hangs or is overloaded holds up no message to another."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.exceptions import ApplicationError

from standfast.incidents.notification import Delivery
from standfast.notification.http_answers import LONGEST_OPEN, _retry_after
from standfast.notification.kinds.apprise import get_ready, try_to_send
from standfast.notification.outgoing_message import outgoing
from standfast.outgoing.circuit_breaker import (
    MOST_REMEMBERED,
    OPEN_FOR,
    TRIES_AT_ONCE,
    CircuitBreaker,
    SendResult,
)
from tests.http_sink import HttpSink
from tests.notification.office import Office, notify, numbered, page

TRY_FOR = timedelta(seconds=3)
LITTLE = 2.0
"""Seconds that a machine with other work may add."""


class Wound:
    """A clock that is wound on by hand, in seconds."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Wound:
    return Wound()


@pytest.fixture
def stuck() -> Iterator[HttpSink]:
    """Takes every message and answers none."""
    with HttpSink() as stuck:
        stuck.hang()
        yield stuck


async def took(delivering: "asyncio.Future[Delivery]") -> tuple[float, Delivery]:
    began = time.monotonic()
    delivery = await delivering
    return time.monotonic() - began, delivery


def senders() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "send"]


async def test_while_one_channel_hangs_every_page_comes_through_the_other_in_time(
    office: Office, phone: HttpSink, stuck: HttpSink
) -> None:
    activities = office.activities(
        channels={"sms": f"json://{stuck.address}", "mail": f"json://{phone.address}"},
        try_for=TRY_FOR,
    )
    before = len(senders())
    at_once = [asyncio.ensure_future(notify(activities, numbered(n))) for n in range(25)]
    first = await asyncio.gather(*map(took, at_once))
    later = [
        await took(asyncio.ensure_future(notify(activities, numbered(n)))) for n in range(25, 50)
    ]
    assert {delivery.channel for _, delivery in (*first, *later)} == {"mail"}
    assert sorted(request.key for request in phone.requests) == sorted(
        numbered(n).key for n in range(50)
    )
    assert max(seconds for seconds, _ in first) < 3 * TRY_FOR.total_seconds()
    assert max(seconds for seconds, _ in later) < LITTLE, "it is known to hang: nobody waits for it"
    assert len(stuck.requests) <= TRIES_AT_ONCE
    assert len(senders()) - before <= 2 * TRIES_AT_ONCE, "those that hang, and those of the mail"
    said = {delivery.problems[0].split(": ")[1].split(" until")[0] for _, delivery in later}
    assert said == {"its circuit breaker is open"}


async def test_in_half_an_hour_of_hanging_one_page_a_minute_finds_out_whether_it_still_does(
    office: Office, phone: HttpSink, stuck: HttpSink, clock: Wound
) -> None:
    activities = office.activities(
        f"json://{stuck.address}/?rto=0.1",
        f"json://{phone.address}",
        circuit_breaker=CircuitBreaker(clock),
    )
    tried = []
    for number in range(90):
        await notify(activities, numbered(number))
        tried.append(len(stuck.requests))
        clock.now += 20
    assert len(phone.requests) == 90
    assert tried[0] == 1
    assert len(stuck.requests) == 30, "one a minute"

    stuck.release()
    clock.now += OPEN_FOR.total_seconds()
    back = await notify(activities, numbered(90))
    assert (back.channel, back.problems) == ("one", ())


async def test_a_half_open_breaker_lets_one_message_try_and_the_others_pass_by(
    office: Office, phone: HttpSink, stuck: HttpSink, clock: Wound
) -> None:
    activities = office.activities(
        f"json://{stuck.address}",
        f"json://{phone.address}",
        try_for=TRY_FOR,
        circuit_breaker=CircuitBreaker(clock),
    )
    await notify(activities, numbered(0))
    clock.now += OPEN_FOR.total_seconds()
    together = [asyncio.ensure_future(notify(activities, numbered(n))) for n in range(1, 21)]
    seconds = [seconds for seconds, _ in await asyncio.gather(*map(took, together))]
    assert sum(each > 0.9 * TRY_FOR.total_seconds() for each in seconds) == 1
    assert len(stuck.requests) == 2


async def test_a_service_that_is_overloaded_is_not_tried_for_as_long_as_it_says(
    office: Office, phone: HttpSink, clock: Wound
) -> None:
    with HttpSink(429, {"Retry-After": "120"}) as busy:
        activities = office.activities(
            channels={"sms": f"json://{busy.address}", "mail": f"json://{phone.address}"},
            circuit_breaker=CircuitBreaker(clock),
        )
        first = await notify(activities, numbered(1))
        assert (first.channel, first.problems) == ("mail", ("sms: answered with HTTP status 429",))
        busy.status, busy.headers = 200, {}
        clock.now += 119
        passed_by = await notify(activities, numbered(2))
        clock.now += 1
        asked_again = await notify(activities, numbered(3))
        assert (passed_by.channel, asked_again.channel) == ("mail", "sms")
        assert [request.status for request in busy.requests] == [429, 200]
    [problem] = passed_by.problems
    assert problem.startswith("sms: its circuit breaker is open until 20")
    assert problem.endswith(" UTC: it answered with HTTP status 429")


@pytest.mark.parametrize(
    ("status", "retry_after", "open_for"),
    [
        (429, "30", 30),
        (503, "30", 30),
        (429, 600, 600),
        (503, 600, 600),
        (429, None, OPEN_FOR.total_seconds()),
        (429, "soon", OPEN_FOR.total_seconds()),
        (429, "-5", OPEN_FOR.total_seconds()),
        (429, "1.5", OPEN_FOR.total_seconds()),
        (429, "\u0663", OPEN_FOR.total_seconds()),
        (503, None, None),
        (503, "soon", None),
        (500, "30", None),
        (429, "0", None),
        (429, -600, None),
        (429, "86400", LONGEST_OPEN.total_seconds()),
        (429, "9" * 400, LONGEST_OPEN.total_seconds()),
        (429, 10**7, LONGEST_OPEN.total_seconds()),
        (200, "30", None),
    ],
)
def test_how_long_a_breaker_opens(
    status: int, retry_after: str | int | None, open_for: float | None
) -> None:
    """A number stands for the date in so many seconds."""
    get_ready()
    if isinstance(retry_after, int):
        moment = datetime.now(UTC) + timedelta(seconds=retry_after)
        retry_after = format_datetime(moment, usegmt=True)
    headers = {"Retry-After": retry_after.encode().decode("latin-1")} if retry_after else {}
    with HttpSink(status, headers) as service:
        tried = try_to_send(f"json://{service.address}", outgoing(page()))
    found = tried.open_for.total_seconds() if tried.open_for is not None else None
    assert found == (open_for if open_for is None else pytest.approx(open_for, abs=5))


@pytest.mark.parametrize("url", ["gotify://{}/token", "form://{}"])
def test_any_service_that_speaks_http_is_heard(url: str) -> None:
    get_ready()
    with HttpSink(429, {"Retry-After": "77"}) as service:
        tried = try_to_send(url.format(service.address) + "?retry=3", outgoing(page()))
        assert len(service.requests) == 1, "it is not asked again at once, whatever its URL says"
    assert tried == SendResult("answered with HTTP status 429", timedelta(seconds=77))


async def test_when_every_breaker_is_open_it_says_so_and_until_when(
    office: Office, clock: Wound
) -> None:
    with HttpSink(429, {"Retry-After": "600"}) as busy, HttpSink(503, {"Retry-After": "90"}) as off:
        activities = office.activities(
            channels={"sms": f"json://{busy.address}", "mail": f"json://{off.address}"},
            circuit_breaker=CircuitBreaker(clock),
        )
        with pytest.raises(ApplicationError, match="no channel of dee took it"):
            await notify(activities, numbered(1))
        with pytest.raises(ApplicationError) as failed:
            await notify(activities, numbered(2))
        assert len(busy.requests) == len(off.requests) == 1
    assert (failed.value.type, failed.value.non_retryable) == ("Undeliverable", False)
    until = datetime.fromisoformat(failed.value.details[0])
    assert timedelta(seconds=80) < until - datetime.now(UTC) <= timedelta(seconds=90)
    words = failed.value.message
    assert words.startswith(
        f"the circuit breaker of every channel of dee is open, the first until {until:%Y-%m-%d}"
    )
    assert "; mail: its circuit breaker is open until" in words
    known = office.records.deliveries.get(numbered(2).key)
    assert known
    assert known.detail == words


async def test_a_failure_that_is_quick_opens_no_breaker(office: Office, phone: HttpSink) -> None:
    with HttpSink(status=500) as broken:
        activities = office.activities(f"json://{broken.address}", f"json://{phone.address}")
        for number in range(3):
            await notify(activities, numbered(number))
        assert len(broken.requests) == 3


async def test_one_reporter_finds_out_for_all_that_a_service_hangs(
    office: Office, stuck: HttpSink
) -> None:
    activities = office.activities(
        reporters={
            "mail": f"json://{stuck.address}/{{reporter}}?rto=0.1",
            "file": "outbox://",
        }
    )
    for number, who in enumerate(("mia", "rita")):
        message = numbered(number, audience="reporter", recipient=f"{who}@fernhill.example")
        assert (await notify(activities, message)).channel == "file"
    assert len(stuck.requests) == 1


async def test_many_at_once_to_a_good_channel_all_go_through_it(
    office: Office, phone: HttpSink
) -> None:
    activities = office.activities(f"json://{phone.address}", "outbox://")
    deliveries = await asyncio.gather(*(notify(activities, numbered(n)) for n in range(40)))
    assert Counter(delivery.channel for delivery in deliveries) == {"one": 40}


async def test_nothing_is_remembered_of_what_works_and_little_of_what_does_not() -> None:
    breaker = CircuitBreaker()
    for number in range(50):
        await breaker.attempt(f"good {number}", SendResult, TRY_FOR)
    assert breaker.remembered == 0
    for number in range(MOST_REMEMBERED + 50):
        busy = SendResult("answered with HTTP status 429", timedelta(seconds=60 + number))
        await breaker.attempt(f"busy {number}", lambda busy=busy: busy, TRY_FOR)  # type: ignore[misc]
    assert breaker.remembered <= MOST_REMEMBERED + 1
    last = await breaker.attempt(f"busy {MOST_REMEMBERED + 49}", SendResult, TRY_FOR)
    assert last.open_until, "those that stay open longest are kept"


async def test_who_waits_for_a_turn_hears_at_once_that_the_others_wait_in_vain() -> None:
    breaker, never = CircuitBreaker(), threading.Event()

    def hangs() -> SendResult:
        never.wait()
        return SendResult()

    short, long = timedelta(seconds=0.3), timedelta(minutes=1)
    tries = [breaker.attempt("pager", hangs, short) for _ in range(TRIES_AT_ONCE)]
    began = time.monotonic()
    *_, waits = await asyncio.gather(*tries, breaker.attempt("pager", SendResult, long))
    assert time.monotonic() - began < LITTLE
    assert waits.problem.startswith("its circuit breaker is open until")
    never.set()


async def test_tries_that_never_end_take_no_more_than_their_threads() -> None:
    """Such as a service without a time limit of its own, that never answers."""
    clock, never = Wound(), threading.Event()
    breaker = CircuitBreaker(clock)

    def hangs() -> SendResult:
        never.wait()
        return SendResult()

    before = {*senders()}
    for _ in range(TRIES_AT_ONCE + 5):
        attempt = await breaker.attempt("pager", hangs, timedelta(seconds=0.05))
        clock.now += OPEN_FOR.total_seconds()
    assert len({*senders()} - before) == TRIES_AT_ONCE
    assert attempt.problem.startswith(
        f"its circuit breaker is open while {TRIES_AT_ONCE} tries hang"
    )
    never.set()


@pytest.mark.parametrize("error", [SystemExit, asyncio.CancelledError, BaseException])
async def test_whatever_a_plugin_raises_the_message_was_not_taken(
    error: type[BaseException],
) -> None:
    def raises() -> SendResult:
        raise error("json://word@phone")

    attempt = await CircuitBreaker().attempt("pager", raises, TRY_FOR)
    assert attempt.problem == f"failed with {error.__name__}"


@given(text=st.text(max_size=60))
def test_whatever_a_service_writes_no_breaker_opens_for_longer_than_the_most(
    text: str,
) -> None:
    open_for = _retry_after(text)
    assert open_for is None or timedelta() <= open_for <= LONGEST_OPEN
