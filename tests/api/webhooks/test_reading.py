"""What may take long to read is read in another process, and stays there."""

import gzip
import json
import os

import pytest

from standfast.api.webhooks.reading import Sent, look_into
from standfast.decisions.mapping import Body


def _process_that_reads(_: Body) -> int:
    return os.getpid()


def _number_of_alerts(body: Body) -> int:
    return len(body.value) if isinstance(body.value, list) else 0


def _sent(raw: bytes) -> Sent:
    return Sent(raw, "application/json", "", None)


@pytest.mark.parametrize(
    ("raw", "at_once"),
    [
        (b'{"title": "The disk is full"}', True),
        (json.dumps([{"labels": {"a": "b"}}] * 49).encode(), True),
        (json.dumps([{"labels": {"a": "b"}}] * 50).encode(), False),  # 20 kB of these take a second
        (b"[" * 101, False),
        (json.dumps({"title": "x" * 10_000}).encode(), False),
        (gzip.compress(b'{"title": "The disk is full"}', mtime=0), False),
    ],
    ids=["one alert", "some alerts", "many small alerts", "nested lists", "a long one", "packed"],
)
async def test_only_what_takes_milliseconds_is_read_at_once(raw: bytes, at_once: bool) -> None:
    read_by = await look_into(_sent(raw), _process_that_reads)

    assert (read_by == os.getpid()) is at_once


async def test_what_strangers_send_keeps_no_alert_waiting() -> None:
    raw = json.dumps([{}] * 101).encode()

    of_known = await look_into(_sent(raw), _process_that_reads)
    of_strangers = {
        await look_into(_sent(raw), _process_that_reads, is_known=False) for _ in range(2)
    }

    assert of_known not in of_strangers
    assert len(of_strangers) == 1


async def test_a_body_in_another_process_is_looked_into_there() -> None:
    assert await look_into(_sent(json.dumps([{}] * 400).encode()), _number_of_alerts) == 400
