"""Reporters: only a plain address is ever put into a URL."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from temporalio.exceptions import ApplicationError

from standfast.incidents.notification import Purpose
from standfast.intake.answer_tags import AnswerTags, tag_in
from standfast.notification.rendering import Links
from tests.http_sink import HttpSink
from tests.notification.mail_server import MailServer
from tests.notification.office import Office, page, to_reporter

MIA = "mia@fernhill.example"
TAGS = AnswerTags([b"k" * 64])


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


@pytest.fixture
def post() -> Iterator[MailServer]:
    with MailServer() as post:
        yield post


async def test_a_question_by_mail_brings_a_signed_address_for_its_answer(
    office: Office, post: MailServer
) -> None:
    server = post.url("{reporter}")
    asked_at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    question = page("INC-AAAAAAAAAA:2:confirm-1:1", purpose=Purpose.CONFIRM).model_copy(
        update={"audience": to_reporter(MIA).audience, "recipient": MIA}
    )
    for number, address in enumerate((None, "helpdesk@fernhill.example")):
        delivery = office.delivery(
            reporters={"mail": server}, mail=address, links=Links(answer_tag=TAGS.tag)
        )
        key = f"INC-AAAAAAAAAA:2:confirm-{number}:1"
        await delivery.deliver(question.model_copy(update={"key": key}), asked_at)
    plain, tagged = (message_from_bytes(one, policy=policy.default) for one in post.taken)
    assert plain["Reply-To"] is None
    assert plain["Message-ID"]
    tag = tag_in(plain["References"].strip("<>"))
    claim = TAGS.claim([tag], MIA, asked_at)
    assert (claim.incident_id, claim.episode, claim.asked_at) == ("INC-AAAAAAAAAA", 2, asked_at)
    assert tagged["Reply-To"] == f"helpdesk+{tag}@fernhill.example"
    assert tagged["References"] == f"<{tag}@fernhill.example>"


async def test_what_is_no_question_brings_none(office: Office, post: MailServer) -> None:
    server = post.url("{reporter}")
    delivery = office.delivery(reporters={"mail": server}, links=Links(answer_tag=TAGS.tag))
    await delivery.deliver(to_reporter(MIA), datetime.now(UTC))
    [taken] = post.taken
    assert message_from_bytes(taken)["References"] is None
