"""Whom Standfast tells of itself: those whom the policy names, else who is on call."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from activities.calendars import Calendars
from activities.policy_source import PolicySource
from activities.rosters import Rosters
from health.operators import operators
from incidents.decisions.on_call import duty
from incidents.policy import Policy
from policy import DEFAULT
from records.store import RecordStore

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def rosters(tmp_path: Path) -> Iterator[Rosters]:
    records = RecordStore(f"sqlite:///{tmp_path}/records.db")
    yield Rosters(records, Calendars(PolicySource(DEFAULT), tmp_path))
    records.close()


@pytest.fixture
def policy() -> Policy:
    return PolicySource(DEFAULT).current()


def test_those_whom_the_policy_names(policy: Policy, rosters: Rosters) -> None:
    assert operators(policy, rosters, AT) == ("paul", "marco")


@pytest.mark.parametrize("manager", ["incident-management", None])
def test_without_a_name_it_is_who_is_on_call(
    policy: Policy, rosters: Rosters, manager: str | None
) -> None:
    nobody = policy.model_copy(update={"operators": (), "incident_manager": manager})
    team = manager or policy.service_desk
    on_call = duty(policy.teams[team].tiers[0], team, AT).on_call
    assert operators(nobody, rosters, AT) == [on_call]
