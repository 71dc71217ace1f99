"""What arrives: the words as they were written, the key, the link, and no secret."""

import asyncio
import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
from temporalio.exceptions import ApplicationError

from standfast.notification.rendering import Links
from tests.http_sink import HttpSink
from tests.notification.office import (
    Office,
    closed_port,
    notify,
    numbered,
    page,
    to_reporter,
)


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
            await office.notify(*channels[:2], message=numbered(2))
    assert (delivery.channel, phone.requests[0].path) == ("three", "/hush-path-4")
    assert phone.requests[0].headers["x-api-key"] == "hush-key-5"
    ledger = [office.records.deliveries.get(f"INC-AAAAAAAAAA:1:page-{n}:1") for n in (1, 2)]
    told = f"{delivery!r} {failed.value!r} {failed.value.__cause__!r} {ledger!r}"
    assert "one: answered with HTTP status 500" in told
    assert "did not go through one: answered with HTTP status 500" in log.getvalue()
    for words in (told, log.getvalue()):
        assert "hush" not in words
        assert broken.address not in words


async def test_the_outbox_shows_what_would_have_been_sent(office: Office) -> None:
    lines = 'two\nlines with a \u2028 and an "é"'
    messages = [numbered(n, body=f"{n} {lines}") for n in range(20)]
    activities = office.activities("outbox://")
    await asyncio.gather(*(notify(activities, message) for message in messages))
    written = [json.loads(line) for line in office.outbox.read_text("utf-8").split("\n")[:-1]]
    assert sorted(line["body"] for line in written) == sorted(m.body for m in messages)
    assert set(written[0]) == {"at", "key", "recipient", "purpose", "priority", "title", "body"}
    assert (written[0]["purpose"], written[0]["priority"]) == ("page", "P2")


LINK = "https://temporal.example/namespaces/default/workflows/{incident}"


async def test_a_responder_gets_the_link_and_a_reporter_does_not(
    office: Office, phone: HttpSink
) -> None:
    to = f"json://{phone.address}"
    await office.notify(to, links=Links(LINK))
    await office.notify(message=to_reporter("mia"), reporters={"mail": to}, links=Links(LINK))
    to_dee, to_mia = (request.json["message"] for request in phone.requests)
    where = "https://temporal.example/namespaces/default/workflows/INC-AAAAAAAAAA"
    assert to_dee == f"{page().body}\n\n{where}"
    assert to_mia == page().body


async def test_another_link_does_not_make_it_another_message(
    office: Office, phone: HttpSink
) -> None:
    await office.notify(f"json://{phone.address}", links=Links(LINK))
    again = await office.notify(f"json://{phone.address}", links=Links(f"{LINK}/history"))
    assert again.repeated
    assert len(phone.requests) == 1
