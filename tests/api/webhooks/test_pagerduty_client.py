"""PagerDuty's own client for Python, pointed here: what it sends acts on one incident."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, closing
from functools import partial

import pytest
from pagerduty import EventsApiV2Client, HttpError

from standfast.incidents.dedup_keys import incident_key
from standfast.incidents.flowchart import Box
from standfast.incidents.ids import incident_id
from tests.api.conftest import Api
from tests.api.webhooks.tls import served

Connect = Callable[[str], EventsApiV2Client]


@pytest.fixture
async def connect(api: Api) -> AsyncIterator[Connect]:
    """Gives a client with that routing key. It sends over TLS only."""
    async with served(api.app, api.desk.place) as (url, trust):
        with ExitStack() as clients:

            def client(key: str) -> EventsApiV2Client:
                new = EventsApiV2Client(key, base_url=url, verify=trust, trust_env=False)
                return clients.enter_context(closing(new))

            yield client


async def test_its_trigger_acknowledge_and_resolve_act_on_one_incident(
    api: Api, connect: Connect
) -> None:
    client = connect(api.source_key("pagerduty"))

    def trigger(dedup_key: str | None = None) -> str:
        return client.trigger(
            "Wiki app crashed",
            "web-1",
            dedup_key=dedup_key,
            severity="critical",
            custom_details={"service": "wiki", "load": 17},
        )

    key = await asyncio.to_thread(trigger)
    ticket = api.desk.ticket(incident_id(incident_key("pagerduty", key)))
    view = await ticket.reaches_resolve()
    assert (view.title, view.report.service) == ("Wiki app crashed", "wiki")
    assert view.report.labels["severity"] == "critical"
    assert await asyncio.to_thread(trigger, key) == key
    assert await asyncio.to_thread(client.acknowledge, key) == key
    await ticket.reaches(Box.RESOLVE, occurrences=2, assignee="pagerduty")
    assert await asyncio.to_thread(client.resolve, key) == key
    await ticket.told("recovered")
    # Its own time of now fails: it names `datetime.timezone` where there is none.
    change = partial(client.submit, "Deployed wiki 1.2", "ci", timestamp="2026-03-02T10:00:00Z")
    await asyncio.to_thread(change)


async def test_it_gives_up_at_once_where_it_may_not_send(connect: Connect) -> None:
    client = connect("0" * 32)
    with pytest.raises(HttpError) as refused:
        await asyncio.to_thread(client.acknowledge, "whatever")
    assert refused.value.response is not None
    assert refused.value.response.status_code == 400
