"""Triage with a record store beside it: what happened before, and what if nobody can say."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

import policy as shipped
from activities.policy_source import PolicySource
from activities.requests import ReprioritiseRequest
from activities.triage import SIMILAR_AT_MOST, TriageActivities
from incidents.actions import Reprioritise
from incidents.assessment import Level, Priority, Triage
from incidents.flowchart import Box
from incidents.record import IncidentView, Outcome
from incidents.report import Report
from incidents.resolution import Resolution
from records.store import RecordStore

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
NOBODY_LISTENS = "postgresql://nobody:secret@127.0.0.1:1/nothing"


def closed(number: int, title: str) -> IncidentView:
    """An incident that somebody resolved."""
    report = Report(title=title)
    return IncidentView(
        incident_id=f"INC-{number}",
        episode=1,
        title=title,
        status="closed",
        stage=Box.CLOSE,
        path=(Box.REPORT,),
        occurrences=1,
        reporters=(),
        decisions=(),
        waiting_for=(),
        evidence=(),
        resolution=Resolution(by="ana", summary="restarted it", at=NOW),
        outcome=Outcome.RESOLVED,
        opened_at=NOW,
        closed_at=NOW,
        report=report,
        timeline=(),
    )


def triaged(records: RecordStore, report: Report) -> Triage:
    activities = TriageActivities(PolicySource(shipped.DEFAULT), records)
    return ActivityEnvironment().run(activities.triage, report)


def test_similar_incidents_are_shown_beside_it(tmp_path: Path) -> None:
    records = RecordStore(f"sqlite:///{tmp_path / 'records.db'}")
    for number in range(SIMILAR_AT_MOST + 2):
        records.save(closed(number, "Till printer jammed again"))
    records.save(closed(99, "Coffee machine out of beans"))
    found = triaged(records, Report(title="The till printer is jammed"))
    records.close()
    assert len(found.similar) == SIMILAR_AT_MOST
    assert "INC-99" not in {past.incident_id for past in found.similar}
    assert found.reasons[-1].startswith("similar past incidents: INC-")


def test_triage_goes_on_without_the_record_store(caplog: pytest.LogCaptureFixture) -> None:
    records = RecordStore(NOBODY_LISTENS)
    found = triaged(records, Report(title="Ransomware on my screen"))
    records.close()
    assert found.priority is Priority.P1
    assert found.similar == ()
    assert "the record store could not be reached" in found.reasons[-1]
    (warning,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "triage goes on without similar incidents" in warning
    assert "secret" not in warning


def test_a_person_changes_the_priority() -> None:
    activities = TriageActivities(PolicySource(shipped.DEFAULT), RecordStore(NOBODY_LISTENS))
    change = Reprioritise(by="ana", impact=Level.HIGH, urgency=Level.HIGH)
    found = ActivityEnvironment().run(activities.reprioritise, ReprioritiseRequest(change=change))
    assert found.priority is Priority.P1
    assert found.clocks.acknowledge_within.total_seconds() == 600
