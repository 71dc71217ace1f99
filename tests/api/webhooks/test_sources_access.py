"""Who may send: the key of a source opens its own doors, and nobody's token opens any of them."""

import pytest

from standfast.incidents.dedup_keys import incident_key
from standfast.incidents.ids import incident_id
from standfast.incidents.roles import Role
from standfast.policy.sources import NOT_SOURCES
from tests.api.conftest import Api

BY_KEY = [
    ("POST", "/intake/alertmanager"),
    ("PUT", "/intake/alertmanager"),
    ("POST", "/intake/alertmanager/"),  # argoproj-labs/argocd-notifications#70
    ("POST", "/api//v2/alerts"),  # grafana/grafana#17816
    ("POST", "/api/v2/alerts"),
]
BY_ROUTING_KEY = ["/v2/enqueue", "/v2/change/enqueue"]
"""The key stands in the body, and PagerDuty's clients give up after a 400."""

WRONG = ["", "sft_wrong", "0" * 32]


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"} if secret else {}


@pytest.mark.parametrize(("method", "path"), BY_KEY)
async def test_a_key_opens_what_no_role_does(api: Api, method: str, path: str) -> None:
    async def status(secret: str) -> int:
        answer = await api.http.request(method, path, json=[{}], headers=bearer(secret))
        return answer.status_code

    assert {await status(wrong) for wrong in WRONG} == {401}
    assert {await status(api.token(role)) for role in Role} == {401}
    assert await status(api.source_key("alertmanager")) in (400, 422)  # in, and not understood


async def test_a_key_opens_its_own_source_only(api: Api) -> None:
    answer = await api.http.post(
        "/intake/alertmanager", json={}, headers=bearer(api.source_key("sentry"))
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("name", NOT_SOURCES)
async def test_a_key_that_is_for_no_source_sends_no_alerts(api: Api, name: str) -> None:
    key = api.source_key(name)
    event = {"routing_key": key, "event_action": "trigger", "payload": {"summary": "x"}}
    for path in ("/api/v2/alerts", "/intake/metrics", "/intake/zabbix"):
        answer = await api.http.post(path, json=[{"labels": {"a": "b"}}], headers=bearer(key))
        assert answer.status_code == 403, path
    for path in BY_ROUTING_KEY:
        assert (await api.http.post(path, json=event)).status_code == 400


@pytest.mark.parametrize("path", BY_ROUTING_KEY)
async def test_a_routing_key_opens_what_no_role_does(api: Api, path: str) -> None:
    payload = {"summary": "Wiki app crashed", "source": "web-1", "severity": "info"}
    event = {"event_action": "trigger", "dedup_key": f"door {path}", "payload": payload}

    async def errors(routing_key: str) -> list[str]:
        # A token in the header helps nobody.
        answer = await api.http.post(
            path,
            json={"routing_key": routing_key, **event},
            headers=api.headers(Role.ADMINISTRATOR),
        )
        told: list[str] = answer.json().get("errors", [])
        assert answer.status_code == (400 if told else 202)
        return told

    for wrong in (*WRONG, *(api.token(role) for role in Role)):
        [refused] = await errors(wrong)
        assert refused.startswith("routing_key: is ")
    assert await errors(api.source_key("pagerduty")) == []


async def test_nobody_can_take_the_key_under_which_a_source_fires(api: Api) -> None:
    """Nor join, once it has fired: neither has a right over what the other reported."""
    forged = {"title": "Nothing", "dedup_key": incident_key("pagerduty", "owned")}
    roles = (Role.REPORTER, Role.RESPONDER, Role.OPERATOR)
    first = [(await api.post("/api/incidents", forged, role)).json() for role in roles]
    payload = {"summary": "Database down", "source": "db-1", "severity": "critical"}
    event = {"event_action": "trigger", "dedup_key": "owned", "payload": payload}
    door = {"routing_key": api.source_key("pagerduty"), **event}
    assert (await api.http.post("/v2/enqueue", json=door)).status_code == 202

    alarm = api.desk.ticket(incident_id(incident_key("pagerduty", "owned")))
    view = await alarm.view()
    assert (view.title, view.reporters, view.occurrences) == ("Database down", ("pagerduty",), 1)
    again = [(await api.post("/api/incidents", forged, role)).json() for role in roles]
    joined = [one["incident_id"] for one in again]
    assert joined == [one["incident_id"] for one in first]
    assert len({*joined, alarm.id}) == len(roles) + 1
    # Another source's word of the same key ends nothing of it.
    over = {"routing_key": api.source_key("sentry"), **event, "event_action": "resolve"}
    await api.http.post("/v2/enqueue", json=over)
    assert (await alarm.view()).recovered == ()
