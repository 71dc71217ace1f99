"""No body that anybody can send breaks a door."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.conftest import Api
from tests.examples import examples

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


_FIELDS = ("alerts", "status", "groupKey", "truncatedAlerts", "labels", "event_action")
_MORE_FIELDS = ("dedup_key", "payload", "routing_key", "annotations", "fingerprint", "startsAt")
alert_like = st.fixed_dictionaries({}, optional=dict.fromkeys(_FIELDS + _MORE_FIELDS, anything))
alerts_like = st.lists(alert_like, max_size=3)
bodies = (
    anything
    | alert_like
    | alerts_like
    | st.fixed_dictionaries({"alerts": alerts_like, "groupKey": anything, "status": anything})
).map(json.dumps)


@pytest.fixture
async def keys(api: Api) -> dict[str, str]:
    return {name: api.source_key(name) for name in ("alertmanager", "grafana", "pagerduty")}


@settings(
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(body=st.binary(max_size=200) | bodies.map(str.encode))
async def test_no_body_breaks_it(api: Api, keys: dict[str, str], body: bytes) -> None:
    for source, key in keys.items():
        answer = await api.http.post(
            f"/intake/{source}", content=body, headers={"X-Standfast-Key": key}
        )
        assert answer.status_code in (202, 422), (source, body, answer.text)
    for path in ("/v2/enqueue", "/v2/change/enqueue"):
        answer = await api.http.post(path, content=body)
        assert answer.status_code in (202, 400), (path, body, answer.text)
    answer = await api.http.post(
        "/api/v2/alerts", content=body, headers={"X-Standfast-Key": keys["alertmanager"]}
    )
    assert answer.status_code in (200, 400), (body, answer.text)
