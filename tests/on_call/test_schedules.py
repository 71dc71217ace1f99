"""Overrides and shifts as a decision gets them, and what could not be had of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from standfast.decisions.on_call import on_call_at
from standfast.incidents.schedule import NewOverride
from standfast.on_call.calendars import Calendars
from standfast.on_call.schedules import OnCallSchedules
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore
from tests.empty_records import empty_records
from tests.on_call.ics import ALWAYS_ANNA
from tests.policy.small import SMALL

AT = datetime(2026, 3, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def policy(tmp_path: Path) -> PolicySource:
    rotation = SMALL[SMALL.index("        rotation:\n") : SMALL.index("clocks:\n")]
    bert = 'people:\n  bert: {name: Bert, channels: {box: "outbox://"}}\n'
    text = SMALL.replace(rotation, "        calendar: rota.ics\n").replace("people:\n", bert, 1)
    (tmp_path / "policy.yaml").write_text(text)
    (tmp_path / "rota.ics").write_bytes(ALWAYS_ANNA)
    return PolicySource(tmp_path / "policy.yaml")


@pytest.fixture
def records(tmp_path: Path) -> Iterator[RecordStore]:
    records = RecordStore(empty_records(tmp_path / "records.db"))
    yield records
    records.close()


def schedules(policy: PolicySource, records: RecordStore, tmp_path: Path) -> OnCallSchedules:
    patience = timedelta(seconds=30)
    return OnCallSchedules(records, Calendars(policy, tmp_path / "calendars", patience=patience))


def new(person: str, starts: datetime, hours: int, team: str = "desk") -> NewOverride:
    return NewOverride(
        team=team, tier="L1", person=person, starts=starts, ends=starts + hours * HOUR, by="dev"
    )


def test_overrides_that_run_or_come_and_the_shifts_of_the_teams(
    policy: PolicySource, records: RecordStore, tmp_path: Path
) -> None:
    for starts in (AT - 48 * HOUR, AT - HOUR, AT + 48 * HOUR):
        records.overrides.add(new("bert", starts, 8))
    records.overrides.add(new("bert", AT - HOUR, 8, team="other"))
    dated = schedules(policy, records, tmp_path).dated_shifts(policy.current(), {"desk"}, AT)
    assert [one.starts for one in dated.overrides] == [AT - HOUR, AT + 48 * HOUR]
    assert {shift.people for shift in dated.shifts} == {("anna",)}
    assert dated.problems == ()
    tier = policy.current().teams["desk"].tiers[0]
    assert on_call_at(tier, "desk", AT, dated).why == (
        "bert is on call until 2026-03-20 19:00:00 UTC, then anna"
        " (override by dev, in place of anna)"
    )


def test_an_override_for_somebody_whom_the_policy_has_lost_is_told_and_does_not_count(
    policy: PolicySource, records: RecordStore, tmp_path: Path
) -> None:
    gone = records.overrides.add(new("old-hand", AT - HOUR, 8))
    dated = schedules(policy, records, tmp_path).dated_shifts(policy.current(), {"desk"}, AT)
    assert dated.overrides == ()
    assert dated.problems == (
        f"{gone.id} names 'old-hand', who is no person of the policy any more",
    )


def test_without_the_record_store_the_calendar_still_counts(
    policy: PolicySource, tmp_path: Path
) -> None:
    (tmp_path / "a-file").write_text("")
    away = RecordStore(f"sqlite:///{tmp_path}/a-file/records.db")
    dated = schedules(policy, away, tmp_path).dated_shifts(policy.current(), {"desk"}, AT)
    assert {shift.people for shift in dated.shifts} == {("anna",)}
    (problem,) = dated.problems
    assert problem.startswith("overrides are not known: the SQLite file")


def test_a_time_that_lasts_is_known_to_its_end(
    policy: PolicySource, records: RecordStore, tmp_path: Path
) -> None:
    year = timedelta(days=366)
    dated = schedules(policy, records, tmp_path).dated_shifts(policy.current(), {"desk"}, AT, year)
    assert dated.known_until is not None
    assert dated.known_until > AT + year
