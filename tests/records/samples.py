"""Incidents to put on record."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from standfast.incidents.assessment import Priority
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView, Outcome, TimelineEntry
from standfast.incidents.report import Report
from standfast.incidents.resolution import Resolution

OPENED = datetime(2026, 11, 24, 10, 45, tzinfo=timezone(timedelta(hours=2)))
CLOSED = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)


def entry(number: int, event: str = "comment") -> TimelineEntry:
    return TimelineEntry(
        number=number,
        at=OPENED + timedelta(minutes=number),
        box=Box.RESOLVE,
        event=event,
        actor="ana",
    )


def incident(
    incident_id: str = "INC-AAAAAAAAAA",
    episode: int = 1,
    *,
    title: str = "Printer on fire",
    description: str = "",
    resolution: str = "Put it out",
    outcome: Outcome | None = Outcome.RESOLVED,
    **changed: Any,
) -> IncidentView:
    """A closed incident; without an outcome, one that is still open."""
    view = IncidentView(
        incident_id=incident_id,
        episode=episode,
        title=title,
        status="closed" if outcome else "open",
        stage=Box.CLOSE if outcome else Box.RESOLVE,
        path=(Box.REPORT, Box.TRIAGE, Box.CLASSIFY),
        priority=Priority.P2,
        category="hardware",
        occurrences=1,
        reporters=("mia",),
        decisions=(),
        waiting_for=(),
        evidence=(),
        resolution=Resolution(by="ana", summary=resolution, at=CLOSED) if resolution else None,
        outcome=outcome,
        opened_at=OPENED,
        closed_at=CLOSED if outcome else None,
        report=Report(title=title, description=description, service="printers", reporter="mia"),
        timeline=(entry(1, "reported"), entry(2, "closed")),
    )
    return view.model_copy(update=changed)
