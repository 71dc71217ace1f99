"""The later decisions as the workflow asks for them: every request reaches its rule whole."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from activities.follow_up import FollowUpActivities
from activities.impact import ImpactActivities
from activities.policy_source import PolicySource
from activities.requests import (
    FollowUpRequest,
    VerificationRequest,
    WatchRequest,
    WeighRequest,
)
from activities.verification import VerificationActivities
from incidents.assessment import Assessed, Level, Priority, Scope
from incidents.report import Report
from incidents.resolution import Evidence, EvidenceKind, Verdict
from tests.decisions.small_policy import SMALL

AT = datetime(2026, 1, 13, 12, tzinfo=UTC)


@pytest.fixture
def policy(tmp_path: Path) -> PolicySource:
    path = tmp_path / "policy.yaml"
    path.write_text(yaml.safe_dump(SMALL))
    return PolicySource(path)


def test_impact(policy: PolicySource) -> None:
    assessed = Assessed(
        report=Report(title="No tunnel", service="vpn", users_affected=60),
        impact=Level.HIGH,
        urgency=Level.HIGH,
        scope=Scope.DEPARTMENT,
        priority=Priority.P1,
        category="network",
    )
    activities = ImpactActivities(policy)
    high, critical = activities.high_impact(assessed), activities.critical(assessed)
    assert high.reasons[0] == "60 users affected, high impact starts at 50"
    assert critical.reasons[0] == "vpn is core infrastructure"
    assert high.policy_version == critical.policy_version == policy.current().version


def test_verification(policy: PolicySource) -> None:
    activities = VerificationActivities(policy)
    report = Report(title="No tunnel", service="vpn", reporter="mia")
    planned = activities.plan_verification(VerificationRequest(report=report, priority=Priority.P2))
    assert planned.needs == (EvidenceKind.USER_CONFIRMATION,)
    failing = Evidence(
        kind=EvidenceKind.SYSTEM_TESTS, source="ping", says=Verdict.UNRESOLVED, detail="", at=AT
    )
    silent = WeighRequest(
        evidence=(failing.model_copy(update={"says": None}),),
        needs=planned.needs,
        silent=True,
        silence_means=Verdict.PARTIALLY_RESOLVED,
    )
    assert activities.weigh(silent).verdict is Verdict.PARTIALLY_RESOLVED
    heard = WeighRequest(evidence=(failing,), needs=planned.needs)
    weighed = activities.weigh(heard)
    assert weighed.verdict is Verdict.UNRESOLVED
    assert "needed, but not to be had: user confirmation" in weighed.reasons


def test_follow_up(policy: PolicySource) -> None:
    activities = FollowUpActivities(policy)
    planned = activities.plan_follow_up(
        FollowUpRequest(
            report=Report(title="No tunnel"),
            priority=Priority.P5,
            verdict=Verdict.PARTIALLY_RESOLVED,
            workaround=True,
        )
    )
    assert planned.reasons[:2] == (
        "it is partially resolved, which is always watched",
        "a workaround is in place",
    )
    watch = WatchRequest(verdict=Verdict.RESOLVED, evidence=())
    findings = [
        activities.judge_watch(watch.model_copy(update=update)).answer
        for update in (
            {},
            {"over": True},
            {"reported_again": 1},
            {"over": True, "verdict": Verdict.PARTIALLY_RESOLVED},
        )
    ]
    assert findings == ["watching", "clear", "recurred", "partial"]
