"""The source `generic`: an alert of whatever names its sender gives things, without a mapping."""

import json
from typing import Any

import pytest

from standfast.decisions.mapping import alerts_in, read_body
from standfast.incidents.alert import Alert, AlertAction, CannotMap
from tests.decisions.mapping.bodies import NOW, fernhill


def generic(body: Any) -> tuple[Alert, ...]:
    raw = body if isinstance(body, str) else json.dumps(body)
    return alerts_in(fernhill(), "generic", read_body(raw.encode()), NOW)


def one(body: Any) -> Alert:
    (alert,) = generic(body)
    return alert


@pytest.mark.parametrize(
    "name", ["title", "summary", "subject", "name", "alert_name", "alertname", "AlertName", "check"]
)
@pytest.mark.parametrize("around", ["", "data", "alert", "event", "incident", "payload"])
def test_a_title_under_its_usual_names_also_one_level_down(name: str, around: str) -> None:
    inner = {name: "Disk full", "Message": "97 %", "Severity": "P1", "Dedup-Key": "d1"}
    alert = one({around: inner, "state": "alerting"} if around else inner)
    assert (alert.action, alert.dedup_key) == (AlertAction.TRIGGER, "d1")
    assert alert.report
    assert alert.report.title == "Disk full"
    assert alert.report.description.startswith("97 %")
    assert alert.report.labels == {"severity": "critical"}


@pytest.mark.parametrize(
    ("said", "action"),
    [
        *(({"state": word}, "resolve") for word in ("ok", "OK", "resolved", "Recovered", "UP")),
        *(({"status": word}, "resolve") for word in ("closed", "cleared", "success", "normal")),
        *(({"event": word}, "resolve") for word in ("incident.resolved", "check.up")),
        *(({"severity": word}, "resolve") for word in ("clear", "ok")),
        *(({"status": word}, "acknowledge") for word in ("ack", "Acknowledged")),
        *(({"status": word}, "ignore") for word in ("suppressed", "test", "heartbeat")),
        *(({"state": word}, "trigger") for word in ("firing", "problem", "down", "what?", 0, True)),
        ({}, "trigger"),
        ({"severity": "info"}, "trigger"),
        ({"event": "Disk full"}, "trigger"),
        ({"event": {"type": "alert.resolved"}}, "resolve"),
        ({"state": "{{ state }}", "status": "ok"}, "resolve"),
    ],
)
def test_what_is_not_known_to_be_over_triggers(said: dict[str, Any], action: str) -> None:
    assert one({"title": "Disk full", **said}).action == action


OTHERS = {
    "victorops": {"message_type": "CRITICAL", "entity_id": "d1", "state_message": "Disk full"},
    "victorops-over": {"message_type": "RECOVERY", "entity_id": "d1", "state_message": "Disk full"},
    "ilert": {"alertKey": "d1", "eventType": "ALERT", "summary": "Disk full"},
    "ilert-accept": {"alertKey": "d1", "eventType": "ACCEPT", "summary": "Disk full"},
    "signl4-over": {"Title": "Disk full", "X-S4-Status": "resolved", "X-S4-ExternalID": "d1"},
    "squadcast": {"message": "Disk full", "status": "trigger", "event_id": "d1"},
    "opsgenie": {"message": "Disk full", "alias": "d1", "priority": "P1", "entity": "db1"},
    "pagerduty-over": {
        "event_action": "resolve",
        "dedup_key": "d1",
        "payload": {"summary": "Disk full"},
    },
    "servicenow": {"message_key": "d1", "node": "db1", "description": "Disk full", "severity": "1"},
    "slack": {"attachments": [{"title": "Disk full", "id": "d1", "text": "97 %"}]},
    "discord": {"username": "x", "embeds": [{"title": "Disk full", "id": "d1"}]},
    "cloudevents": {"type": "disk.full", "data": {"title": "Disk full", "key": "d1"}},
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_a_tool_sends_to_others_is_understood(name: str) -> None:
    alert = one(OTHERS[name])
    action = {"over": "resolve", "accept": "acknowledge"}.get(name.partition("-")[2], "trigger")
    assert (alert.action, alert.dedup_key) == (action, "d1")
    assert alert.report
    assert alert.report.title == "Disk full"


def test_without_a_key_the_name_or_title_with_service_and_host_is_the_key() -> None:
    fired = one({"name": "disk", "title": "Disk 97 % full", "service": "erp", "host": "db1"})
    over = one(
        {"check": "disk", "title": "Disk is fine", "app": "erp", "node": "db1", "state": "ok"}
    )
    other = one({"name": "disk", "title": "Disk 97 % full", "service": "erp", "host": "db2"})
    assert fired.dedup_key == over.dedup_key == "disk erp db1"
    assert other.dedup_key != fired.dedup_key


def test_a_list_inside_keeps_what_stands_around_it() -> None:
    """The state may stand once, around the alerts."""
    body = {"status": "resolved", "service": "erp", "alerts": [{"name": "a"}, {"name": "b"}]}
    alerts = generic(body)
    assert [alert.dedup_key for alert in alerts] == ["a erp", "b erp"]
    assert {alert.action for alert in alerts} == {AlertAction.RESOLVE}


def test_a_body_of_alertmanager_says_what_its_labels_do() -> None:
    labels = {"alertname": "Pods", "severity": "critical", "instance": "n1"}
    alert = {"labels": labels, "annotations": {"summary": "Pod not ready"}, "fingerprint": "f1"}
    fired = one({"status": "firing", "alerts": [alert]})
    assert fired.report
    assert (fired.report.title, fired.dedup_key) == ("Pod not ready", "f1")
    assert fired.report.labels["host"] == "n1"


def test_what_has_no_name_of_ours_stands_in_the_description_without_secrets() -> None:
    alert = one({"title": "Disk full", "shelf": 7, "api_key": "abc123", "note": "token=xyz789"})
    assert alert.report
    assert "shelf: 7" in alert.report.description
    assert "abc123" not in alert.report.description
    assert "xyz789" not in alert.report.description


def test_words_are_a_title_and_their_first_line_the_key() -> None:
    alert = one("Backup of db1 failed\nexit code 3\n")
    assert alert.report
    assert (alert.report.title, alert.dedup_key) == ("Backup of db1 failed",) * 2
    assert alert.report.description == "Backup of db1 failed\nexit code 3"


@pytest.mark.parametrize("body", ["", "{}", "[]", "null", "[{}]", '{"state": "ok"}', '{"x": 1}'])
def test_a_body_that_says_nothing_of_a_problem_is_refused_with_what_to_send(body: str) -> None:
    with pytest.raises(CannotMap, match=r'send at least a title, as {"title": …}'):
        generic(body)
