"""What a body means that is not understood, or is too much: an alert that says so, or a refusal."""

import json
from typing import Any

import pytest

from standfast.decisions.mapping import MOST_ALERTS, alerts_in, read_body
from standfast.decisions.secrets import without_secrets
from standfast.incidents.alert import Alert, AlertAction, CannotMap
from standfast.policy.sources import UnknownBodies
from tests.decisions.mapping.bodies import NOW, fernhill, sample


def opened(source: str, body: Any) -> tuple[Alert, ...]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return alerts_in(fernhill(), source, read_body(raw), NOW, UnknownBodies.OPEN)


def refused(source: str, body: Any) -> str:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(CannotMap) as cannot:
        alerts_in(fernhill(), source, read_body(raw), NOW)
    return str(cannot.value)


def test_it_says_what_each_form_lacks_and_what_the_body_holds_as_paths() -> None:
    (alert,) = opened("grafana", {"app": {"names": ["a", "b"]}, "n": 5, "empty": ""})
    assert (alert.action, alert.dedup_key) == ("trigger", "a body that is not understood")
    assert alert.report
    assert alert.report.labels == {"severity": "warning"}
    assert "webhook needs alerts; legacy needs ruleName" in alert.report.description
    assert alert.report.description.endswith("app.names.0: a\napp.names.1: b\nn: 5")


@pytest.mark.parametrize("source", ["grafana", "sentry", "cloudwatch"])
def test_a_hundred_of_them_have_one_key(source: str) -> None:
    bodies = [{"n": n, str(n): "x"} for n in range(100)]
    assert len({opened(source, body)[0].dedup_key for body in bodies}) == 1


def test_the_source_that_takes_such_a_body_is_named() -> None:
    said = refused("grafana", sample("pingdom__down"))
    assert said.endswith("; the source pingdom takes such bodies")


def test_the_hint_of_a_source_is_told() -> None:
    """MicrosoftDocs/azure-docs#11203: a body that is not in the common schema."""
    said = refused("azuremonitor", {"schemaId": "of tomorrow", "data": {}})
    assert "switch on the common alert schema" in said
    assert "switch on the common alert schema" in refused("azuremonitor", b"{not JSON")


@pytest.mark.parametrize("body", [b"", b" \n", b"{}", b"[]", b"null", b'[{}, {"a": ""}]'])
def test_a_body_that_holds_nothing_opens_nothing(body: bytes) -> None:
    with pytest.raises(CannotMap):
        opened("grafana", body)


def test_a_list_of_bodies_is_read_body_by_body_by_any_source() -> None:
    bodies = [sample("pingdom__down"), {"odd": 1}, sample("pingdom__up")]
    down, odd, up, told = opened("pingdom", bodies)
    assert [down.action, odd.action, up.action] == ["trigger", "ignore", "resolve"]
    assert told.dedup_key == "a body that is not understood"


def test_what_follows_the_most_alerts_is_left_out_and_told() -> None:
    """prometheus/alertmanager#2274: twenty thousand alerts in one group."""
    body = sample("alertmanager__resolve")
    body["alerts"] *= MOST_ALERTS + 7
    *known, told = opened("alertmanager", body)
    assert len(known) == MOST_ALERTS
    assert told.dedup_key == "a part that was left out"
    assert told.reason == f"it has more than {MOST_ALERTS} alerts"
    # What nobody has read may still fire, so that the group does not recover.
    assert {(alert.action, alert.left_out) for alert in known} == {(AlertAction.RESOLVE, 1)}


def test_values_are_counted_before_work_is_done_on_them() -> None:
    body = read_body(b'{"alerts": [' + b"{}," * 600_000 + b"{}]}")
    assert body.left_out == "it holds more than 500,000 values"
    assert isinstance(body.value, dict)
    assert isinstance(body.value["alerts"], list)
    assert 200_000 < len(body.value["alerts"]) < 500_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("password: hunter2", "password: (hidden)"),
        ('"api_key": "12 34", "a": 1', '"api_key": (hidden), "a": 1'),
        ("Authorization: Bearer abc.def-123", "Authorization: (hidden)"),
        ("curl -H 'x: Bearer abcdefgh123'", "curl -H 'x: Bearer (hidden)'"),
        ("https://ana:pw@db.lan/x?key=5&a=b", "https://(hidden)@db.lan/x?key=(hidden)&a=b"),
        ("data.client_secret_id: x1", "data.client_secret_id: (hidden)"),
        ("the token ring is down", "the token ring is down"),
    ],
)
def test_secrets_are_hidden(text: str, shown: str) -> None:
    assert without_secrets(text) == shown
