"""The doors for webhooks over HTTP: what comes in, what is answered, and what becomes of it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.client import Client

from standfast.api.backend import Backend
from standfast.api.webhooks import reading
from standfast.hosting.plugin import standfast_plugin
from standfast.hosting.settings import Settings
from standfast.incidents.flowchart import Box
from standfast.incidents.roles import Role
from standfast.lookup.lookup import Lookup
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.programs.parsers import Limits
from standfast.records.errors import RecordsUnavailable
from standfast.records.tokens import NewToken
from standfast.web.app import build_app
from tests.api.conftest import HERE, Api
from tests.api.test_signatures import NEW, OLD, signed, signed_as_pagerduty
from tests.api.webhooks.samples import event, notification, posted
from tests.api.webhooks.sending import enqueue, results, send, ticket
from tests.patience import PATIENCE
from tests.stories.desk import Desk

BROKEN = {"till": "7", "state": "broken"}


async def test_every_answer_says_what_became_of_each_alert(api: Api) -> None:
    fired = await send(
        api,
        "alertmanager",
        notification("answers", ("a", "firing"), ("b", "firing")),
    )
    assert [one["created"] for one in results(fired)] == [True, True]
    assert [one["dedup_key"] for one in results(fired)] == ["a", "b"]
    part = await send(
        api,
        "alertmanager",
        notification("answers", ("a", "firing"), ("b", "resolved")),
    )
    assert results(part)[1] == {
        "action": "resolve",
        "dedup_key": "b",
        "incident_id": results(fired)[0]["incident_id"],
        "created": False,
        "reason": "other alerts of its group are firing",
    }
    await ticket(api, fired).reaches(Box.RESOLVE, occurrences=2)
    over = await send(
        api,
        "alertmanager",
        notification("answers", ("a", "resolved"), ("b", "resolved")),
    )
    assert {one["reason"] for one in results(over)} == {""}
    await ticket(api, fired).told("recovered")


async def test_a_truncated_group_does_not_recover(api: Api) -> None:
    fired = await send(api, "alertmanager", notification("cut", ("a", "firing"), truncated=3))
    cut = await send(
        api,
        "alertmanager",
        notification("cut", ("a", "resolved"), truncated=3),
    )
    assert "3 more" in results(cut)[0]["reason"]
    view = await ticket(api, fired).view()
    assert "recovered" not in [entry.event for entry in view.timeline]


SCHEMES = ["Bearer ", "bearer ", "Token ", "GenieKey ", ""]


async def test_the_key_may_come_in_any_way_a_sender_knows(api: Api) -> None:
    key = api.source_key("pingdom")
    ways: list[dict[str, Any]] = [
        *({"headers": {"Authorization": f"{scheme}{key}"}} for scheme in SCHEMES),
        {"auth": ("whoever", key)},
        {"auth": (key, "")},
        {"headers": {"X-Standfast-Key": key}},
        {"params": {"key": key}},
        {"params": {"key": key}, "auth": ("proxy", "its password")},
    ]
    for way in ways:
        answer = await api.http.post("/intake/pingdom", content=b"{}", **way)
        assert answer.status_code == 422, way  # let in, and not understood


async def test_who_may_not_send_is_told_so(api: Api) -> None:
    nobody = await api.http.post("/intake/grafana", json={})
    assert (nobody.status_code, "WWW-Authenticate" in nobody.headers) == (401, True)
    another = await api.http.post(
        "/intake/grafana", json={}, headers={"X-Standfast-Key": api.source_key("sentry")}
    )
    assert another.status_code == 403
    assert "sentry" in another.json()["detail"]
    person = await api.http.post(
        "/intake/grafana", json={}, headers=api.headers(Role.ADMINISTRATOR)
    )
    assert person.status_code == 401
    unknown = await api.http.post("/intake/nothing-like-it", json={})
    assert unknown.status_code == 401
    other = await api.http.post(
        "/intake/nothing-like-it", json={}, headers={"X-Standfast-Key": api.source_key("sentry")}
    )
    assert other.status_code == 404


async def test_a_source_that_the_policy_has_no_more_is_heard_of(api: Api) -> None:
    """A 404 is shown by no sender, and repeated by none: its alerts would be lost unseen."""
    key = {
        "X-Standfast-Key": api.desk.records.tokens.create(
            NewToken(name="old", source="gone")
        ).secret
    }
    first = await api.http.post("/intake/gone", json={"title": "Disk full"}, headers=key)
    again = await api.http.post("/intake/gone", json={"title": "Mail is down"}, headers=key)
    assert (first.status_code, again.status_code) == (202, 202)
    assert results(first)[0]["incident_id"] == results(again)[0]["incident_id"]
    view = await ticket(api, first).view()
    assert view.report.title == "Alerts come from gone, which the policy has no more"
    assert "title: Disk full" in view.report.description
    empty = await api.http.post("/intake/gone", headers=key)
    assert empty.status_code == 422
    metrics = (await api.get("/metrics")).text
    assert 'standfast_alerts_total{action="trigger",source="gone"} 2.0' in metrics
    assert 'standfast_alerts_total{action="refused",source="gone"} 1.0' in metrics


async def test_what_only_looks_opens_nothing_and_is_told_how(api: Api) -> None:
    """A monitor that is set to GET must not take it for a success."""
    key = {"key": api.source_key("generic"), "title": "x"}
    answer = await api.http.get("/intake/generic", params=key)
    assert answer.status_code == 405
    assert "POST" in answer.json()["detail"]


async def test_a_body_that_is_not_understood_is_told_why(api: Api) -> None:
    api.desk.amend(sources={"alertmanager": {"unknown_bodies": "refuse"}})
    for body, words in ((b"{", "not JSON"), (b"", "not JSON"), (b'{"a": 1}', "Alertmanager")):
        answer = await api.http.post(
            "/intake/alertmanager",
            content=body,
            headers={"X-Standfast-Key": api.source_key("alertmanager")},
        )
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert words in answer.json()["detail"]


async def test_a_body_that_costs_too_much_to_read_is_an_incident(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_LIMITS", Limits(cpu_seconds=5, seconds=0.0))
    answer = await send(api, "opsgenie", {"till": "8", "state": "broken", "log": "x" * 300_000})
    view = await ticket(api, answer).view()
    assert view.title.endswith("sent a body that is not understood")
    assert "the body takes longer than 0 s to read" in view.report.description
    assert '"till":"8"' in view.report.description.replace(" ", "")


async def test_json_is_taken_whatever_its_header_calls_it_and_put_too(api: Api) -> None:
    key = {"X-Standfast-Key": api.source_key("alertmanager"), "Content-Type": "text/plain"}
    body = json.dumps(notification("text", ("text", "firing"))).encode()
    for method in ("POST", "PUT"):
        answer = await api.http.request(method, "/intake/alertmanager", content=body, headers=key)
        assert answer.status_code == 202


async def test_a_webhook_delivered_twice_is_taken_once(api: Api) -> None:
    body = notification("twice", ("twice", "firing"))
    first = await send(api, "alertmanager", body, **{"webhook-id": "msg_1"})
    again = await send(api, "alertmanager", body, **{"webhook-id": "msg_1"})
    assert again.json() == first.json()
    assert results(again)[0]["created"]
    await ticket(api, first).reaches(Box.RESOLVE, occurrences=1)
    other = await send(api, "alertmanager", body, **{"webhook-id": "msg_2"})
    assert not results(other)[0]["created"]
    await ticket(api, first).reaches(Box.RESOLVE, occurrences=2)


async def test_a_webhook_whose_answer_cannot_be_kept_is_taken_all_the_same(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever heard of a failure would send it again, and it would count again."""

    def is_away(*_: object) -> None:
        raise RecordsUnavailable("the disk is full")

    monkeypatch.setattr(api.desk.records.webhooks, "note", is_away)
    body = notification("unkept", ("unkept", "firing"))
    taken = await send(api, "alertmanager", body, **{"webhook-id": "msg_unkept"})
    assert results(taken)[0]["created"]
    await ticket(api, taken).reaches(Box.RESOLVE, occurrences=1)


async def test_a_source_that_signs_needs_no_key(api: Api) -> None:
    body = json.dumps(BROKEN).encode()
    sent_at = datetime.now(UTC)
    for secret in (OLD, NEW):
        headers = signed(secret, body, webhook_id=f"by {secret}", at=sent_at)
        answer = await api.http.post("/intake/tills", content=body, headers=headers)
        assert answer.status_code == 202
        headers = signed_as_pagerduty(secret, body)
        answer = await api.http.post("/intake/robots", content=body, headers=headers)
        assert answer.status_code == 202
    key = {"X-Standfast-Key": api.source_key("tills")}
    for headers in (
        key,
        signed(OLD, body + b" ", at=sent_at),
        signed(OLD, body, at=sent_at - timedelta(minutes=6)),
    ):
        answer = await api.http.post("/intake/tills", content=body, headers=headers)
        assert answer.status_code == 401
        assert "webhook-" in answer.json()["detail"]
        assert OLD not in answer.text


async def test_a_secret_that_is_not_set_is_no_reason_to_believe(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STANDFAST_SECRET_NEW")
    body = json.dumps(BROKEN).encode()
    answer = await api.http.post(
        "/intake/tills", content=body, headers=signed(OLD, body, at=datetime.now(UTC))
    )
    assert answer.status_code == 503
    assert "STANDFAST_SECRET_NEW" in answer.json()["detail"]


async def test_a_source_that_sends_too_much_is_told_when_to_go_on(api: Api) -> None:
    answers = [await send(api, "slow", BROKEN | {"till": str(n)}) for n in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 30
    api.desk.amend(sources={"alertmanager": {"max_per_minute": 1}})
    statuses = [
        (await send(api, "alertmanager", notification("busy", ("busy", "firing")))).status_code
        for _ in range(2)
    ]
    assert statuses == [202, 503]  # Alertmanager gives up after a 429
    api.desk.amend(sources={"pagerduty": {"max_per_minute": 1}})
    await enqueue(api, event("trigger", "busy"))
    throttled = await enqueue(api, event("trigger", "busy"))
    assert throttled.status_code == 429
    assert throttled.json()["status"] == "throttle exceeded"


async def test_one_body_opens_no_more_than_its_source_may_and_nothing_of_it_is_lost(
    api: Api,
) -> None:
    many = [BROKEN | {"till": f"many {n}"} for n in range(9)]
    answer = await send(api, "many", {"tills": many})
    assert answer.status_code == 202
    results = answer.json()["results"]
    alone, [together] = (
        [each["incident_id"] for each in results[:3]],
        {each["incident_id"] for each in results[3:]},
    )
    assert len({*alone, together}) == 4
    assert "6 alerts of this body are over the limit of many" in results[8]["reason"]
    view = await api.desk.ticket(together).view()
    assert view.title.startswith("6 alerts at once from Many: ")
    # The budget is used up; a body that fits into a minute's worth waits for it as a whole.
    waits = await send(api, "many", {"tills": many[:2]})
    assert waits.status_code == 429
    assert 0 < int(waits.headers["Retry-After"]) <= 40


async def test_prometheus_may_send_to_alertmanagers_own_door(api: Api) -> None:
    key = {"Authorization": f"Bearer {api.source_key('alertmanager')}"}
    assert (await api.http.post("/api/v2/alerts", json=posted(["PromA"]))).status_code == 401
    for body in (
        posted(["PromA", "PromB"]),
        posted(["PromA", "PromB"]),
        posted(["PromA"], "2026-03-02T11:00:00Z"),
        [],
    ):
        answer = await api.http.post("/api/v2/alerts", json=body, headers=key)
        assert (answer.status_code, answer.content) == (200, b"")
    shown = (await api.get("/api/incidents")).json()["incidents"]
    first, second = (
        api.desk.ticket(one["incident_id"])
        for title in ("PromA: wiki app crashed", "PromB: wiki app crashed")
        for one in shown
        if one["title"] == title
    )
    await first.told("recovered")
    await second.reaches(Box.RESOLVE, occurrences=2)
    wrong = await api.http.post("/api/v2/alerts", json={"no": []}, headers=key)
    assert wrong.status_code == 400


async def test_alerts_that_the_policy_groups_are_one_incident(api: Api) -> None:
    bodies = [{"till": str(n), "state": "broken"} for n in range(5)]
    answers = [await send(api, "grouped", body) for body in bodies]
    assert len({results(answer)[0]["incident_id"] for answer in answers}) == 1
    await ticket(api, answers[0]).reaches(Box.RESOLVE, occurrences=5)


async def test_a_storm_over_http_counts_exactly(api: Api) -> None:
    key = {"X-Standfast-Key": api.source_key("alertmanager")}
    body = notification("storm", ("storm", "firing"))

    async def one() -> httpx.Response:
        return await api.http.post("/intake/alertmanager", json=body, headers=key)

    answers = await asyncio.gather(*(one() for _ in range(300)))
    assert {answer.status_code for answer in answers} == {202}
    await ticket(api, answers[0]).reaches(Box.RESOLVE, occurrences=300)


async def test_while_temporal_is_away_senders_are_told_to_come_again(desk: Desk) -> None:
    desk.amend(extends=str(Path(SHIPPED_POLICY).parent / "sources.yaml"))
    away = await Client.connect("127.0.0.1:1", lazy=True, plugins=[standfast_plugin()])
    ours = Settings(data_dir=desk.place, task_queue=desk.task_queue)
    app = build_app(Backend(ours, away, desk.records, desk.policy, Lookup(away, desk.records)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=HERE, timeout=PATIENCE) as http:
        api = Api(app, desk, http)
        answer = await enqueue(api, event("trigger", "away"))
        assert (answer.status_code, answer.json()["status"]) == (503, "error")
        assert int(answer.headers["Retry-After"]) > 0
        answer = await send(api, "alertmanager", notification("away", ("a", "resolved")))
        assert (answer.status_code, answer.json()["status"]) == (503, 503)
