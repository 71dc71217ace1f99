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
        *(({name: True}, "resolve") for name in ("resolved", "isResolved", "ok", "success")),
        *(({name: False}, "trigger") for name in ("resolved", "ok", "success", "healthy")),
        ({"firing": False}, "resolve"),
        ({"firing": True}, "trigger"),
        ({"resolved": None, "state": "down"}, "trigger"),
        ({"status": "Down (Acknowledged)"}, "acknowledge"),
        ({"type": "ALERT_RECOVERY"}, "resolve"),
        ({"status": "Down ended (now: Up)"}, "resolve"),
        ({"status": "Paused (paused by parent)"}, "ignore"),
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


FOUND = [
    (
        "zulip/zulip, Freshping",
        {"webhook_event_data": {"check_id": 5, "check_name": "Shop", "check_state_name": "Error"}},
        {
            "webhook_event_data": {
                "check_id": 5,
                "check_name": "Shop",
                "check_state_name": "Available",
            }
        },
        ("5", "Shop", ""),
    ),
    (
        "zulip/zulip, Freshstatus",
        {"id": "7", "title": "Slow database", "status": "Open"},
        {
            "id": "9",
            "title": "Slow database",
            "status": "",
            "incident_id": "7",
            "incident_status": "Closed",
        },
        ("7", "Slow database", ""),
    ),
    (
        "zulip/zulip, Airbyte",
        {"data": {"connection": {"id": "64d9", "name": "Orders"}, "jobId": 1, "success": False}},
        {"data": {"connection": {"id": "64d9", "name": "Orders"}, "jobId": 2, "success": True}},
        ("64d9", "Orders", ""),
    ),
    (
        "HetrixTools",
        {"monitor_id": "50e", "monitor_name": "Shop", "monitor_status": "offline"},
        {"monitor_id": "50e", "monitor_name": "Shop", "monitor_status": "online"},
        ("50e", "Shop", ""),
    ),
    (
        "Dead Man's Snitch",
        {"type": "snitch.missing", "data": {"snitch": {"name": "Backup", "status": "missing"}}},
        {"type": "snitch.reporting", "data": {"snitch": {"name": "Backup", "status": "healthy"}}},
        ("Backup", "Backup", ""),
    ),
    (
        "target/goalert, its own generic door",
        {"summary": "Slow", "details": "p99 over 2 s", "dedup": "k1"},
        {"summary": "Slow now", "dedup": "k1", "action": "close"},
        ("k1", "Slow", ""),
    ),
    (
        "a service, a host and a project may be mappings",
        {"title": "Slow", "service": {"id": 1, "name": "erp"}, "host": {"name": "db1"}},
        {"title": "Slow", "service": {"id": 1, "name": "erp"}, "host": {"name": "db1"}, "ok": 1},
        ("Slow erp db1", "Slow", "erp"),
    ),
]


@pytest.mark.parametrize(
    ("fires", "over", "expected"), [case[1:] for case in FOUND], ids=[case[0] for case in FOUND]
)
def test_a_recovery_of_another_product_finds_its_problem(
    fires: dict[str, Any], over: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    alert, recovery = one(fires), one(over)
    assert alert.report
    said = (alert.dedup_key, alert.report.title, alert.report.service)
    assert (alert.action, said) == (AlertAction.TRIGGER, expected)
    assert (recovery.action, recovery.dedup_key) == (AlertAction.RESOLVE, alert.dedup_key)


@pytest.mark.parametrize(
    ("body", "title", "service"),
    [
        (
            {"error": {"id": 1, "error_message": "No route", "project": {"name": "shop"}}},
            "No route",
            "shop",
        ),
        (
            {"project": {"name": "shop"}, "error": {"errorId": "5", "message": "No such method"}},
            "No such method",
            "shop",
        ),
        (
            {"status": "failed", "execution": {"job": {"name": "Nightly"}, "project": "erp"}},
            "Nightly",
            "erp",
        ),
        (
            {"type": "message", "attachments": [{"content": {"body": [{"text": "Disk full"}]}}]},
            "Disk full",
            "",
        ),
    ],
    ids=["zulip/zulip, Airbrake", "Bugsnag", "zulip/zulip, Rundeck", "an adaptive card for Teams"],
)
def test_the_title_of_another_product(body: dict[str, Any], title: str, service: str) -> None:
    alert = one(body)
    assert alert.report
    assert (alert.report.title, alert.report.service) == (title, service)


def test_a_rule_that_fires_for_two_things_is_two_problems() -> None:
    """keephq/keep#6248: SkyWalking names the rule, and the service in `name`."""
    rule = {"scope": "SERVICE", "ruleName": "slow"}
    alerts = generic([{**rule, "name": name, "alarmMessage": "slow"} for name in ("wiki", "shop")])
    assert [alert.report.description.splitlines()[0] for alert in alerts if alert.report] == [
        "slow",
        "slow",
    ]
    assert len({alert.dedup_key for alert in alerts}) == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"\x28\xb5\x2f\xfd\x04\x00q\x00\x00title",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\0" * 50,
        bytes(9),
    ],
    ids=["zstd", "png", "zeros", "few zeros"],
)
def test_bytes_that_are_no_text_are_not_taken_for_words(raw: bytes) -> None:
    body = read_body(raw)
    assert (body.not_json, body.value) == ("the body is not text", {"bytes": raw[:40].hex(" ")})


@pytest.mark.parametrize("raw", [b"Disk full\0", b"\x07Disk full", b"Disk full \x96 97 %"])
def test_a_stray_control_character_does_not_make_words_bytes(raw: bytes) -> None:
    (alert,) = alerts_in(fernhill(), "generic", read_body(raw), NOW)
    assert alert.report
    assert alert.report.title.startswith("Disk full")


def test_who_did_it_may_be_a_mapping() -> None:
    alert = one({"title": "Slow", "status": "acknowledged", "user": {"id": 7, "name": "Hana Sato"}})
    assert (alert.action, alert.by) == (AlertAction.ACKNOWLEDGE, "Hana Sato")
