"""Incidents as the pages see them, made by hand for what needs no workflow."""

from datetime import UTC, datetime, timedelta
from typing import Any

from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TO_RESOLVE = (
    Box.REPORT,
    Box.TRIAGE,
    Box.CLASSIFY,
    Box.AUTOMATED_RESOLUTION,
    Box.HIGH_IMPACT,
    Box.ASSIGN,
    Box.RESOLVE,
)


def a_view(*path: Box, **fields: Any) -> IncidentView:
    """An open incident that has walked `path`, as far as resolve unless told otherwise."""
    walked = path or TO_RESOLVE
    known: dict[str, Any] = {
        "incident_id": "INC-AAAAAAAAAA",
        "episode": 1,
        "title": "Wiki crashed",
        "status": "open",
        "stage": walked[-1],
        "path": walked,
        "occurrences": 1,
        "reporters": ("rita",),
        "decisions": (),
        "waiting_for": (),
        "evidence": (),
        "opened_at": NOW - timedelta(hours=1),
        "report": {"title": "Wiki crashed", "reporter": "rita"},
        "timeline": (),
    }
    return IncidentView.model_validate(known | fields)


def a_timer(what: str, **span: float) -> dict[str, Any]:
    """Something that happens by itself so long after NOW."""
    return {"kind": "timer", "what": what, "until": NOW + timedelta(**span)}
