"""Events for PagerDuty's own door: taken, answered in its words, and what becomes of them."""

from typing import Any

import pytest

from standfast.incidents.dedup_keys import incident_key
from standfast.incidents.flowchart import Box
from standfast.incidents.ids import incident_id
from tests.api.conftest import Api
from tests.api.webhooks.samples import event
from tests.api.webhooks.sending import enqueue


async def test_a_sequence_of_pagerduty_events_acts_on_one_incident(api: Api) -> None:
    opened = await enqueue(api, event("trigger", "seq"))
    assert opened.status_code == 202
    assert opened.json() == {
        "status": "success",
        "message": "Event processed",
        "dedup_key": "seq",
    }
    one = api.desk.ticket(incident_id(incident_key("pagerduty", "seq")))
    await one.reaches_resolve()
    for action in ("trigger", "acknowledge", "acknowledge", "resolve"):
        answer = await enqueue(api, event(action, "seq"))
        assert (answer.status_code, answer.json()["dedup_key"]) == (202, "seq")
    await one.reaches(Box.RESOLVE, occurrences=2, assignee="pagerduty")
    await one.told("recovered")


async def test_a_trigger_without_a_key_gets_one_and_delivered_twice_the_same(api: Api) -> None:
    key = api.source_key("pagerduty")
    first = await enqueue(api, event("trigger"), key)
    again = await enqueue(api, event("trigger"), key)
    other = await enqueue(api, event("trigger") | {"client": "another"}, key)
    assert first.json()["dedup_key"] == again.json()["dedup_key"] != ""
    assert other.json()["dedup_key"] != first.json()["dedup_key"]
    resolved = await enqueue(api, event("resolve", first.json()["dedup_key"]), key)
    assert resolved.status_code == 202


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"event_action": "explode"}, "event_action"),
        ({"event_action": "resolve"}, "dedup_key"),
        ({"payload": {"summary": "x", "source": "db", "severity": "info"}}, "event_action"),
        ({"event_action": "trigger", "payload": "x"}, "payload.summary"),
        ({"routing_key": None}, "routing_key"),
        ({"routing_key": "0" * 32, "event_action": "resolve", "dedup_key": "x"}, "routing_key"),
        ({"routing_key": ["x"]}, "routing_key"),
    ],
)
async def test_what_pagerduty_would_refuse_is_refused_in_its_words(
    api: Api, body: dict[str, Any], words: str
) -> None:
    answer = await enqueue(api, body)
    assert answer.status_code == 400
    assert answer.json()["status"] == "invalid event"
    assert any(words in error for error in answer.json()["errors"])


async def test_an_event_that_pagerduty_would_find_too_large_is_taken(api: Api) -> None:
    """prometheus/alertmanager#2178: after a 413 its sender gives up, and nobody is paged."""
    large = await enqueue(api, event("trigger", "large") | {"client": "x" * 2_500_000})
    assert (large.status_code, large.json()["dedup_key"]) == (202, "large")


async def test_a_change_event_opens_nothing(api: Api) -> None:
    key = api.source_key("pagerduty")
    change = {"routing_key": key, "payload": {"summary": "Deployed wiki 1.2"}}
    taken = await api.http.post("/v2/change/enqueue", json=change)
    assert (taken.status_code, taken.json()["status"]) == (202, "success")
    refused = await api.http.post("/v2/change/enqueue", json=change | {"payload": {}})
    assert refused.json()["errors"] == ["payload.summary: is missing"]
