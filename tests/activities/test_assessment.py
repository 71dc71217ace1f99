"""The first decisions in one activity: what they answer up to the next wait, and what if nobody
can say what happened before.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from temporalio.testing import ActivityEnvironment

from activities.assessment import SIMILAR_AT_MOST, AssessmentActivities
from activities.requests import Assessment, AssessmentRequest, JudgementRequest, ReprioritiseRequest
from standfast.incidents.actions import Reprioritise
from standfast.incidents.article import ArticleText
from standfast.incidents.assessment import Assessed, Classification, Level, Priority, Triage
from standfast.incidents.assignment import AssignmentRequest
from standfast.incidents.flowchart import Box
from standfast.incidents.impact_ledger import ImpactLedger, Statement
from standfast.incidents.record import IncidentView, Outcome
from standfast.incidents.report import Report
from standfast.incidents.resolution import EvidenceKind, Resolution
from standfast.on_call.assigner import Assigner
from standfast.on_call.calendars import Calendars
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.policy_file.source import PolicySource
from standfast.records.articles import Origin
from standfast.records.store import RecordStore
from tests.decisions.small_policy import SMALL
from tests.empty_records import empty_records

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


def activities(
    records: RecordStore, place: Path, policy: Path = SHIPPED_POLICY
) -> AssessmentActivities:
    source = PolicySource(policy)
    assigner = Assigner(source, records, Calendars(source, place / "calendars"))
    return AssessmentActivities(source, records, assigner)


def assess(
    asked: AssessmentActivities, report: Report, known: Classification | None = None
) -> Assessment:
    ledger = ImpactLedger()
    ledger.add(Statement.of(report, NOW))
    request = AssessmentRequest(
        report=report, at=NOW, question=ledger.to_ask(), classification=known
    )
    return ActivityEnvironment().run(asked.assess, request)


def triaged(records: RecordStore, place: Path, report: Report) -> Triage:
    return assess(activities(records, place), report).judgement.triage


def test_similar_incidents_are_shown_beside_it(tmp_path: Path) -> None:
    records = RecordStore(empty_records(tmp_path / "records.db"))
    for number in range(SIMILAR_AT_MOST + 2):
        records.incidents.save(closed(number, "Till printer jammed again"))
    records.incidents.save(closed(99, "Coffee machine out of beans"))
    found = triaged(records, tmp_path, Report(title="The till printer is jammed"))
    records.close()
    assert len(found.similar) == SIMILAR_AT_MOST
    assert "INC-99" not in {past.incident_id for past in found.similar}
    assert found.reasons[-1].startswith("similar past incidents: INC-")


def test_the_fix_that_worked_is_told_with_its_rate(tmp_path: Path) -> None:
    records = RecordStore(empty_records(tmp_path / "records.db"))
    view = closed(1, "Till printer jammed again")
    records.incidents.close(view, None)
    origin = Origin(view.incident_id, view.episode, "", 0)
    article = records.articles.write(ArticleText(title="Turn it off and on"), "ana", origin)
    report = Report(title="The till printer is jammed")
    assert triaged(records, tmp_path, report).similar[0].fix is None  # nobody has reviewed it
    records.articles.publish(article, 1, "omar")
    found = triaged(records, tmp_path, report)
    records.close()
    fix = found.similar[0].fix
    assert fix
    assert fix.words == f"{article} fixed it 1 of 1 time: Turn it off and on"
    assert found.reasons[-1] == f"similar past incidents: INC-1; {fix.words}"


def test_triage_goes_on_without_the_record_store(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    records = RecordStore(NOBODY_LISTENS)
    found = triaged(records, tmp_path, Report(title="Ransomware on my screen"))
    records.close()
    assert found.priority is Priority.P1
    assert found.similar == ()
    assert "the record store could not be reached" in found.reasons[-1]
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "triage goes on without similar incidents" in warnings[0]
    assert all("secret" not in warning for warning in warnings)


def test_a_person_changes_the_priority(tmp_path: Path) -> None:
    asked = activities(RecordStore(NOBODY_LISTENS), tmp_path)
    change = Reprioritise(by="ana", impact=Level.HIGH, urgency=Level.HIGH)
    found = ActivityEnvironment().run(asked.reprioritise, ReprioritiseRequest(change=change))
    assert found.assignment is None
    assert found.change.priority is Priority.P1
    assert found.change.clocks.acknowledge_within.total_seconds() == 600


RESTART = {"title": "Restart", "check": {"run": ["true"]}, "steps": [{"run": ["true"]}]}


def small(place: Path, **approval: Any) -> Path:
    """The small policy, where a runbook fits whatever is wrong with the wiki."""
    runbook = {**RESTART, "match": {"services": ["wiki"]}, **approval}
    path = place / "policy.yaml"
    path.write_text(yaml.safe_dump(SMALL | {"runbooks": {"restart": runbook}}))
    return path


@pytest.fixture
def records(tmp_path: Path) -> Iterator[RecordStore]:
    records = RecordStore(empty_records(tmp_path / "records.db"))
    yield records
    records.close()


def test_without_a_runbook_it_is_answered_up_to_who_gets_it(
    tmp_path: Path, records: RecordStore
) -> None:
    asked = activities(records, tmp_path, small(tmp_path))
    found = assess(asked, Report(title="No tunnel", service="vpn", users_affected=60))
    judgement = found.judgement
    assert judgement.high_impact.reasons[0] == "60 users affected, high impact starts at 50"
    assert judgement.critical
    assert judgement.critical.reasons[0] == "vpn is core infrastructure"
    assert found.assignment
    assert (found.assignment.tier, found.assignment.page_everyone) == (2, True)
    modest = assess(asked, Report(title="No tunnel", service="wiki2"))
    assert modest.judgement.critical is None
    assert modest.assignment
    assert modest.assignment.tier == 1


@pytest.mark.parametrize(
    ("approval", "users", "approvers"),
    [
        ({"approval": "never"}, 60, ()),
        ({"approval": "always"}, 1, ("dee",)),
        ({"approval": "always", "approvers": ["pia"]}, 1, ("pia",)),
        ({"approval": "when high impact"}, 60, ("dee",)),
        ({"approval": "when high impact"}, 1, ()),
    ],
)
def test_before_a_runbook_only_who_has_to_approve_it_is_answered(
    tmp_path: Path, records: RecordStore, approval: dict[str, Any], users: int, approvers: Any
) -> None:
    asked = activities(records, tmp_path, small(tmp_path, **approval))
    report = Report(title="Broken", service="wiki", users_affected=users)
    found = assess(asked, report)
    assert found.approvers == approvers
    assert found.assignment is None
    then = assess(asked, report, found.classification)
    assert then.classification == found.classification
    assert then.assignment
    assert then.assignment.team == found.classification.team


@pytest.mark.parametrize(("users", "worse"), [(60, True), (1, False)])
def test_judged_anew_it_says_who_is_paged_only_where_it_is_worse(
    tmp_path: Path, records: RecordStore, users: int, worse: bool
) -> None:
    asked = activities(records, tmp_path, small(tmp_path))
    first = Report(title="Slow", service="wiki2")
    ledger = ImpactLedger()
    ledger.add(Statement.of(first, NOW))
    question = ledger.to_ask()
    answers = assess(asked, first)
    ledger.apply(question, answers.judgement)
    assert answers.assignment
    assessed = Assessed.of(first, answers.judgement.triage, answers.classification)
    ledger.add(Statement.of(Report(title="Slow for all of us", users_affected=users), NOW))
    request = JudgementRequest(
        report=first,
        question=ledger.to_judge(),
        classification=answers.classification,
        assignment=AssignmentRequest(team="network", tier=2, assessed=assessed, at=NOW),
    )
    anew = ActivityEnvironment().run(asked.judge, request)
    assert anew.judgement.raised is worse
    assert (anew.assignment is not None) is worse
    assert anew.assignment is None or anew.assignment.tier == 2


def test_what_comes_after_a_resolution_is_planned_with_it(
    tmp_path: Path, records: RecordStore
) -> None:
    asked = activities(records, tmp_path, small(tmp_path))
    plans = assess(asked, Report(title="No tunnel", service="vpn", reporter="mia")).plans
    assert plans.verification.needs == (EvidenceKind.USER_CONFIRMATION,)
    assert plans.follow_up.checks[-1].days == 1
    assert plans.policy_version == asked_version(tmp_path)


def asked_version(place: Path) -> str:
    return PolicySource(place / "policy.yaml").current().version
