"""Reporters: only a plain address is ever put into a URL."""

import pytest
from temporalio.exceptions import ApplicationError

from tests.http_sink import HttpSink
from tests.notification.office import Office, to_reporter


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
