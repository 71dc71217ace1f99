"""What is watched after a resolution, when it is looked at, and what that shows in the end."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.decisions.follow_up import MOST_CHECKS, assess_window, moments, plan, rules_for
from standfast.incidents.assessment import Priority
from standfast.incidents.report import Report
from standfast.incidents.resolution import (
    Evidence,
    EvidenceKind,
    FollowUpPlan,
    FollowUpResult,
    Verdict,
)
from standfast.policy import Policy
from standfast.policy.policy import WatchRules
from tests.decisions.small_policy import SMALL, VERSION, small_policy

USER, TESTS, LOGS = EvidenceKind
YES, PARTLY, NO = Verdict
HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def policy(**follow_up: Any) -> Policy:
    services = {
        "feed": {"title": "Feed", "watch": True, "logs": ["/var/log/feed.log"]},
        "shop": {
            "title": "Shop",
            "tests": [{"name": "ping", "command": {"run": ["true"]}}],
        },
    }
    return small_policy(
        services=SMALL["services"] | services,
        follow_up=SMALL["follow_up"] | {"priorities": ["P1"]} | follow_up,
    )


def planned(policy: Policy, **case: Any) -> FollowUpPlan:
    report = Report(
        title="Broken", service=case.pop("service", "wiki"), error_message=case.pop("error", "")
    )
    usually: dict[str, Any] = {"priority": Priority.P3, "verdict": YES, "workaround": False}
    return plan(rules_for(policy, report), **(usually | case))


WATCHED: list[tuple[dict[str, Any], str]] = [
    ({"verdict": PARTLY}, "it is partially resolved, which is always watched"),
    ({"priority": Priority.P1}, "P1 is watched"),
    ({"workaround": True}, "a workaround is in place"),
    ({"service": "feed"}, "feed is watched after every incident"),
]


@pytest.mark.parametrize(("case", "reason"), WATCHED)
def test_one_cause_to_watch_is_enough(case: dict[str, Any], reason: str) -> None:
    watch = planned(policy(), **case)
    assert watch.answer == "yes"
    assert watch.reasons[0] == reason
    assert watch.checks[-1] == 24 * HOUR
    assert watch.policy_version == VERSION


def test_nothing_to_watch_says_what_was_looked_at() -> None:
    watch = planned(policy())
    assert watch == FollowUpPlan(
        answer="no",
        reasons=(
            "it is resolved",
            "P3 is not watched",
            "no workaround is in place",
            "wiki is not watched after every incident",
        ),
        policy_version=VERSION,
    )


def test_a_policy_need_not_watch_workarounds() -> None:
    watch = planned(policy(workarounds=False), workaround=True)
    assert watch.answer == "no"
    assert "workarounds are not watched" in watch.reasons


def test_the_reasons_tell_how_it_is_watched() -> None:
    assert planned(policy(), verdict=PARTLY).reasons[-1] == "watched for 1 d, looked at 5 times"
    short = policy(window={"watch_for": "1h", "first_check": "1h"})
    assert (
        planned(short, verdict=PARTLY).reasons[-1] == "watched for 1 h, looked at once, at its end"
    )


@pytest.mark.parametrize(
    ("service", "error", "probes"),
    [
        ("shop", "", True),
        ("feed", "connection lost", True),
        ("feed", "", True),
        ("wiki", "connection lost", False),
        ("nowhere", "connection lost", False),
    ],
)
def test_machines_look_where_they_can(service: str, error: str, probes: bool) -> None:
    watch = planned(policy(), service=service, error=error, verdict=PARTLY)
    assert watch.probes is probes


MOMENTS: list[tuple[WatchRules, list[float]]] = [
    (WatchRules(watch_for="24h", first_check="1h", growth=2), [1, 3, 7, 15, 24]),
    (WatchRules(watch_for="15h", first_check="1h", growth=2), [1, 3, 7, 15]),
    (WatchRules(watch_for="4h", first_check="1h", growth=1), [1, 2, 3, 4]),
    (WatchRules(watch_for="6h", first_check="1h", growth=1.5), [1, 2.5, 4.75, 6]),
    (WatchRules(watch_for="1h", first_check="1h"), [1]),
    (WatchRules(watch_for="1h", first_check="5h"), [1]),
]


@pytest.mark.parametrize(("rules", "hours"), MOMENTS)
def test_checks_grow_rarer_until_the_end(rules: WatchRules, hours: list[float]) -> None:
    assert [moment / HOUR for moment in moments(rules)] == hours


def test_a_tiny_first_check_does_not_become_a_storm() -> None:
    checks = moments(WatchRules(watch_for="30d", first_check="1s", growth=1))
    assert len(checks) == MOST_CHECKS
    gaps = {second - first for first, second in pairwise(checks)}
    assert max(gaps) - min(gaps) <= timedelta(microseconds=1)
    assert checks[-1] == timedelta(days=30)


@given(st.integers(1, 10**7), st.integers(1, 10**7), st.floats(1, 10, allow_nan=False, width=32))
def test_checks_always_move_on_and_end_with_the_window(
    window: int, first: int, growth: float
) -> None:
    checks = moments(
        WatchRules(
            watch_for=timedelta(seconds=window), first_check=timedelta(seconds=first), growth=growth
        )
    )
    assert checks[-1] == timedelta(seconds=window)
    assert list(checks) == sorted(set(checks))
    assert checks[0] > timedelta(0)
    assert len(checks) <= MOST_CHECKS


def says(kind: EvidenceKind, verdict: Verdict | None, source: str = "") -> Evidence:
    return Evidence(kind=kind, source=source or kind, says=verdict, detail="", at=NOON)


def judged(
    verdict: Verdict,
    *evidence: Evidence,
    again: int = 0,
    over: bool,
    became_critical: str = "",
) -> FollowUpResult:
    return assess_window(
        VERSION,
        verdict=verdict,
        evidence=evidence,
        reported_again=again,
        over=over,
        became_critical=became_critical,
    )


SHOWN: dict[str, list[Evidence]] = {
    "nothing": [],
    "could not look": [says(TESTS, None), says(LOGS, None)],
    "machines well": [says(TESTS, YES), says(LOGS, None)],
    "user content": [says(USER, YES)],
    "user content, machines well": [says(USER, YES), says(TESTS, YES)],
    "user says partly": [says(USER, PARTLY), says(TESTS, YES)],
    "user says no": [says(USER, NO), says(TESTS, YES)],
    "a test fails": [says(USER, YES), says(TESTS, NO)],
    "the error is back": [says(TESTS, YES), says(LOGS, NO)],
}

FINDINGS = {
    # what was shown: after a full resolution at the end, and after a partial one
    "nothing": ("clear", "partial"),
    "could not look": ("clear", "partial"),
    "machines well": ("clear", "clear"),
    "user content": ("clear", "clear"),
    "user content, machines well": ("clear", "clear"),
    "user says partly": ("partial", "partial"),
    "user says no": ("recurred", "recurred"),
    "a test fails": ("recurred", "recurred"),
    "the error is back": ("recurred", "recurred"),
}


@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("verdict", [YES, PARTLY])
def test_when_the_window_is_over_it_is_settled(verdict: Verdict, shown: str) -> None:
    finding = judged(verdict, *SHOWN[shown], over=True)
    assert finding.answer == FINDINGS[shown][verdict is PARTLY]
    assert finding.policy_version == VERSION
    assert finding.reasons


@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("verdict", [YES, PARTLY])
def test_before_that_only_something_bad_ends_it(verdict: Verdict, shown: str) -> None:
    finding = judged(verdict, *SHOWN[shown], over=False)
    bad = FINDINGS[shown][0] == "recurred"
    assert finding.answer == ("recurred" if bad else "watching")


@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("verdict", [YES, PARTLY])
@pytest.mark.parametrize("over", [True, False])
def test_the_same_reported_again_is_a_recurrence_whatever_else_is_seen(
    verdict: Verdict, shown: str, over: bool
) -> None:
    finding = judged(verdict, *SHOWN[shown], again=2, over=over)
    assert finding.answer == "recurred"
    assert finding.reasons[0] == "the same was reported again, 2 times"


def test_a_later_check_that_is_well_outdoes_an_earlier_one() -> None:
    assert judged(PARTLY, says(TESTS, NO), says(TESTS, YES), over=True).answer == "clear"


def test_a_user_who_said_partly_must_say_otherwise_for_it_to_be_clear() -> None:
    partly = says(USER, PARTLY, "mia")
    assert judged(PARTLY, partly, says(TESTS, YES), over=True).answer == "partial"
    assert judged(PARTLY, partly, says(USER, YES, "mia"), over=True).answer == "clear"


def test_the_reasons_say_what_was_seen() -> None:
    failing = Evidence(kind=TESTS, source="ping", says=NO, detail="Connection refused", at=NOON)
    assert judged(YES, failing, over=False).reasons == (
        "system tests, ping: unresolved (Connection refused)",
    )
    assert judged(PARTLY, over=True).reasons == (
        "the window is over and nothing has shown that the rest is resolved",
    )


def test_the_worst_of_what_was_seen_leads_the_reasons() -> None:
    recurred = judged(YES, says(USER, YES, "mia"), says(TESTS, NO, "ping"), over=False)
    assert recurred.reasons == (
        "system tests, ping: unresolved",
        "user confirmation, mia: resolved",
    )


def test_what_became_critical_has_recurred_whatever_else_is_seen() -> None:
    finding = judged(YES, says(TESTS, YES), over=False, became_critical="data is lost")
    assert finding.answer == "recurred"
    assert finding.reasons[0] == "it is critical now: data is lost"
