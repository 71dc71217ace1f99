"""Whom Standfast tells of itself: those whom the policy names, else who is on call."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from standfast.decisions.on_call import on_call_at
from standfast.health.operators import operators
from standfast.on_call.calendars import Calendars
from standfast.on_call.schedules import OnCallSchedules
from standfast.policy import Policy
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore
from tests.empty_records import empty_records

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def schedules(tmp_path: Path) -> Iterator[OnCallSchedules]:
    records = RecordStore(empty_records(tmp_path / "records.db"))
    yield OnCallSchedules(records, Calendars(PolicySource(SHIPPED_POLICY), tmp_path))
    records.close()


@pytest.fixture
def policy() -> Policy:
    return PolicySource(SHIPPED_POLICY).current()


def test_those_whom_the_policy_names(policy: Policy, schedules: OnCallSchedules) -> None:
    assert operators(policy, schedules, AT) == ("paul", "marco")


@pytest.mark.parametrize("manager", ["incident-management", None])
def test_without_a_name_it_is_who_is_on_call(
    policy: Policy, schedules: OnCallSchedules, manager: str | None
) -> None:
    nobody = policy.model_copy(update={"operators": (), "incident_manager": manager})
    team = manager or policy.service_desk
    on_call = on_call_at(policy.teams[team].tiers[0], team, AT).on_call
    assert operators(nobody, schedules, AT) == [on_call]
