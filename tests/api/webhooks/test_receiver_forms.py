"""No alert is lost for its form or its size: each opens something, or its sender is told why."""

import asyncio
import gc
import json
import time
from typing import Any

import httpx

from tests.api.conftest import Api, open_api
from tests.api.test_signatures import OLD, signed_as_pagerduty
from tests.api.webhooks.samples import notification
from tests.stories.desk import Ticket


async def send(api: Api, source: str, body: bytes | str, **more: Any) -> httpx.Response:
    key = {"X-Standfast-Key": api.source_key(source)}
    return await api.http.post(f"/intake/{source}", content=body, headers=key, **more)


def tickets(api: Api, answer: httpx.Response) -> list[Ticket]:
    assert answer.status_code == 202, answer.text
    return [api.desk.ticket(one["incident_id"]) for one in answer.json()["results"]]


async def test_the_generic_door_needs_no_mapping(api: Api) -> None:
    """A recovery without a key finds its problem by title, service and host."""
    problem = '{"title": "Disk full", "service": "wiki", "host": "web-1", "severity": "high"}'
    [ticket] = tickets(api, await send(api, "generic", problem))
    view = await ticket.reaches_resolve()
    assert (view.report.title, view.report.service) == ("Disk full", "wiki")
    assert view.report.labels == {"severity": "error", "host": "web-1"}
    over = {"summary": "Disk full", "Service": "wiki", "hostname": "web-1", "Status": "OK"}
    [same] = tickets(api, await send(api, "generic", json.dumps(over)))
    assert same.id == ticket.id
    await ticket.told("recovered")


async def test_the_generic_door_takes_words_forms_and_addresses(api: Api) -> None:
    key = {"X-Standfast-Key": api.source_key("generic")}
    titles = []
    for ways in (
        {"content": "Backup of web-1 failed\nexit 3"},
        {"data": {"title": "Backup failed", "host": "web-2"}},
        {"params": {"title": "Backup failed", "host": "web-3"}},
        {"content": '[{"title": "Backup failed", "host": "web-4"}]'},
    ):
        answer = await api.http.post("/intake/generic", headers=key, **ways)
        [ticket] = tickets(api, answer)
        titles.append((await ticket.reaches_resolve()).report.title)
    assert titles == ["Backup of web-1 failed", *["Backup failed"] * 3]
    empty = await api.http.post("/intake/generic", headers=key)
    assert empty.status_code == 422
    assert 'send at least a title, as {"title": …}' in empty.json()["detail"]


async def test_what_was_mended_is_told_on_the_incident(api: Api) -> None:
    """louislam/uptime-kuma#3778: a template leaves a raw line break in a text."""
    answer = await send(api, "generic", '{"title": "Ping", "message": "one\ntwo "x" C:\\dir\\"}')
    [ticket] = tickets(api, answer)
    assert "is not valid JSON" in answer.json()["results"][0]["reason"]
    view = await ticket.reaches_resolve()
    assert view.report.description.startswith('one\ntwo "x" C:\\dir\\\n\n')
    assert "is not valid JSON" in view.report.description


async def test_bodies_that_are_not_understood_are_one_incident(api: Api) -> None:
    body = {"hello": "Disk full", "api_token": "s3cret-123", "of": [{"a": 1}]}
    answers = [
        await send(api, "sentry", content)
        for content in (json.dumps(body), json.dumps(body | {"n": 2}), "no JSON at all")
    ]
    found = [tickets(api, answer)[0] for answer in answers]
    assert len({ticket.id for ticket in found}) == 1
    view = await found[0].reaches_resolve()
    assert view.report.title == "Sentry sent a body that is not understood"
    assert view.report.labels == {"severity": "warning"}
    assert "this is no body of Sentry: event needs action" in view.report.description
    assert "hello: Disk full" in view.report.description
    assert "of.0.a: 1" in view.report.description
    assert "s3cret" not in view.model_dump_json()
    assert "not JSON" in answers[2].json()["results"][0]["reason"]


async def test_what_is_not_understood_joins_no_group_of_the_policy(api: Api) -> None:
    [till] = tickets(api, await send(api, "grouped", '{"till": "9", "state": "broken"}'))
    [told] = tickets(api, await send(api, "grouped", '{"tills": ["9"]}'))
    assert told.id != till.id
    assert "not understood" in (await told.reaches_resolve()).report.title


async def test_one_of_several_that_is_not_understood_is_told_too(api: Api) -> None:
    body = notification("part", ("part", "firing"))
    body["alerts"].append({"labels": {"alertname": "Odd"}, "status": "odd"})
    answer = await send(api, "alertmanager", json.dumps(body))
    fired, passed_over, told = answer.json()["results"]
    assert fired["created"]
    assert passed_over["action"] == "ignore"
    assert told["dedup_key"] == "a body that is not understood"
    assert "state 'odd' is unknown" in told["reason"]


def alerts(count: int, text: int) -> bytes:
    """docker-alerta#441: a body of Alertmanager of that many alerts, each with so long a text."""
    one = notification("many", ("pod", "firing"))
    first = one.pop("alerts")[0]
    alerts = [_pod(first, n, text) for n in range(count)]
    return json.dumps({"status": "firing", "alerts": alerts} | one).encode()


def _pod(alert: dict[str, Any], number: int, text: int) -> dict[str, Any]:
    return alert | {"fingerprint": f"pod-{number}", "annotations": {"description": "x" * text}}


async def test_thousands_of_alerts_in_megabytes_are_taken_and_nobody_waits(api: Api) -> None:
    """alerta/docker-alerta#441."""
    body = alerts(2_100, 1_000)
    assert len(body) > 2_400_000
    longest = 0.0

    async def others() -> None:
        nonlocal longest
        while True:
            slept = time.thread_time()  # of a processor: other tests run beside this one
            await asyncio.sleep(0.01)
            longest = max(longest, time.thread_time() - slept)

    gc.disable()  # a collection of all that other tests have left would count
    waiting = asyncio.create_task(others())
    try:
        answer = await send(api, "alertmanager", body)
    finally:
        waiting.cancel()
        gc.enable()
    assert len({ticket.id for ticket in tickets(api, answer)}) == 1
    assert longest < 0.3  # measured: 0.006


async def test_what_is_too_much_is_left_out_and_an_incident_says_so(api: Api) -> None:
    async with open_api(api.desk, largest_webhook=50_000) as small:
        answer = await send(small, "alertmanager", alerts(100, 1_000))
        *fired, told = answer.json()["results"]
        assert 30 < len(fired) < 50
        assert len({one["incident_id"] for one in fired}) == 1  # by the group behind the alerts
        ticket = small.desk.ticket(told["incident_id"])
        assert told["reason"] == "it is larger than 50,000 bytes"
        view = await ticket.reaches_resolve()
        assert "alerts were left out" in view.report.title
        assert "`max_alerts`" in view.report.description
        # A signature of all of it cannot be checked by a part.
        body = b" " * 60_000
        signed = signed_as_pagerduty(OLD, body)
        unsigned = await small.http.post("/intake/robots", content=body, headers=signed)
        assert unsigned.status_code == 413
