"""Bodies as monitors send them, for the tests of their doors."""

from collections.abc import Iterable
from typing import Any


def event(action: str, key: str = "", **fields: Any) -> dict[str, Any]:
    """An event for PagerDuty's Events API; the routing key is the test's."""
    payload = {"summary": "Wiki app crashed", "source": "web-1", "severity": "critical"}
    body = {"event_action": action, **({"dedup_key": key} if key else {}), **fields}
    return body | ({"payload": payload} if action == "trigger" else {})


def notification(group: str, *alerts: tuple[str, str], truncated: int = 0) -> dict[str, Any]:
    """A webhook of Alertmanager; each alert is its fingerprint and its status.

    All tests share one server, so that each needs groups of its own.
    """
    statuses = [status for _, status in alerts]
    return {
        "version": "4",
        "groupKey": group,
        "truncatedAlerts": truncated,
        "status": "firing" if "firing" in statuses else "resolved",
        "receiver": "standfast",
        "groupLabels": {"alertname": "WikiDown"},
        "commonLabels": {"alertname": "WikiDown", "service": "wiki", "severity": "critical"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.storyville.example",
        "alerts": [
            {
                "status": status,
                "labels": {"alertname": "WikiDown", "service": "wiki", "instance": fingerprint},
                "annotations": {"summary": f"Wiki app on {fingerprint} crashed"},
                "startsAt": "2026-03-02T10:00:00Z",
                "endsAt": "0001-01-01T00:00:00Z" if status == "firing" else "2026-03-02T11:00:00Z",
                "generatorURL": "http://prometheus.storyville.example/graph",
                "fingerprint": fingerprint,
            }
            for fingerprint, status in alerts
        ],
    }


def posted(names: Iterable[str], ends: str = "2099-01-01T00:00:00Z") -> list[dict[str, Any]]:
    """What a Prometheus posts to /api/v2/alerts."""
    return [
        {
            "labels": {"alertname": name, "service": "wiki"},
            "annotations": {"summary": f"{name}: wiki app crashed"},
            "startsAt": "2026-03-02T10:00:00Z",
            "endsAt": ends,
            "generatorURL": "http://prometheus.storyville.example/graph",
        }
        for name in names
    ]
