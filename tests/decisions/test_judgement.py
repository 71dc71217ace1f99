"""An incident is judged by the worst that is known of it, whoever came first."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.decisions.classification import classify
from standfast.decisions.critical import critical
from standfast.decisions.high_impact import high_impact
from standfast.decisions.judgement import judge
from standfast.decisions.triage import clocks_for, triage
from standfast.incidents.assessment import Assessed, Judgement, Level, Priority, Scope
from standfast.incidents.impact_ledger import ImpactLedger, Statement, StatementKind
from standfast.incidents.report import Channel, Report
from standfast.policy import Policy
from standfast.policy_file.loading import load_policy
from standfast.policy_file.shipped import SHIPPED_POLICY
from tests.decisions.anything import reports
from tests.decisions.small_policy import small_policy
from tests.decisions.test_triage import RULES

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
FERNHILL = load_policy(SHIPPED_POLICY)


def company(**sections: Any) -> Policy:
    given: dict[str, Any] = {
        "triage": RULES,
        "critical": {"data_integrity": [{"words": ["data is lost"]}]},
        "high_impact": {"users": 50, "conditions": [{"words": ["everybody"]}]},
    }
    return small_policy(**(given | sections))


def said(title: str = "Wiki is slow", by: str = "mia", **fields: Any) -> Statement:
    kind = fields.pop("kind", StatementKind.REPORT)
    report = Report(**{"title": title, "service": "wiki", "reporter": by, **fields})
    return Statement(source=by, kind=kind, at=NOON, report=report)


def judged(
    *statements: Statement, policy: Policy | None = None, ledger: ImpactLedger | None = None
) -> tuple[ImpactLedger, list[Judgement]]:
    """Hear one after the other, and judge whenever more is known than was judged."""
    policy, ledger = policy or company(), ledger or ImpactLedger()
    found = []
    persons: list[str] = []
    for statement in statements:
        if not statement.report.by_monitor and statement.source not in persons:
            persons.append(statement.source)
        if ledger.add(statement, len(persons)):
            asked = ledger.to_judge(len(persons))
            found.append(judge(policy, asked))
            assert ledger.apply(asked, found[-1])
            assert not ledger.due(len(persons))
    return ledger, found


@given(reports(*FERNHILL.services))
def test_one_report_is_judged_as_the_boxes_do(report: Report) -> None:
    ledger = ImpactLedger()
    ledger.add(Statement(source=report.reporter, at=NOON, report=report), 1)
    found = judge(FERNHILL, ledger.to_judge(1))
    first = triage(FERNHILL, report)
    assessed = Assessed(
        report=report,
        impact=first.impact,
        urgency=first.urgency,
        scope=first.scope,
        priority=first.priority,
        category=classify(FERNHILL, report).category,
    )
    high = high_impact(FERNHILL, assessed)
    assert found.triage == first
    assert found.high_impact == high
    assert found.critical == (critical(FERNHILL, assessed) if high.yes else None)
    assert found.clocks == clocks_for(FERNHILL, first.priority)
    assert not any((found.because, found.raised, found.changed, found.raised_by))


WORSE = [
    # what comes after “Wiki is slow” by mia → priority, high impact, critical, because
    (said("Wiki outage"), "P2", False, False, "“Wiki outage”"),
    (said("Wiki outage", "ben"), "P2", False, False, "2 users instead of 1; “Wiki outage”"),
    (said(users_affected=10), "P3", False, False, "10 users instead of 1"),
    (said(users_affected=60), "P3", True, False, "60 users instead of 1"),
    (said(users_affected=500), "P2", True, False, "500 users instead of 1"),
    (
        said("Down for everybody, data is lost", "ben", users_affected=500),
        "P2",
        True,
        True,
        "now critical; 500 users instead of 1; “Down for everybody, data is lost”",
    ),
    (said("Data is lost", "ben"), None, False, False, ""),  # critical is asked of high impact only
    (said(labels={"severity": "critical"}), "P3", False, False, ""),
    (
        said(
            "503",
            "http wiki",
            kind=StatementKind.EVIDENCE,
            description="outage",
            channel=Channel.MONITOR,
        ),
        "P2",
        True,  # a monitor that counts none speaks for all users of the service
        False,
        "http wiki: “503”",
    ),
]


@pytest.mark.parametrize(("worse", "priority", "high", "threat", "because"), WORSE)
def test_what_is_worse_counts(
    worse: Statement, priority: str | None, high: bool, threat: bool, because: str
) -> None:
    ledger, (first, second) = judged(said(), worse)
    assert first.triage.priority is Priority.P4
    assert second.triage.priority == (priority or "P4")
    assert second.high_impact.yes is high
    assert (second.critical is not None and second.critical.yes) is threat
    assert (second.newly_high_impact, second.newly_critical) == (high, threat)
    assert second.raised is bool(priority or high)
    if because:
        assert second.because == because
        assert second.triage.reasons[0] == f"judged anew: {because}"
    if second.changed:
        assert ledger.lines[-1].raised


def test_the_reasons_name_who_said_what() -> None:
    _, (_, second) = judged(said(), said("Wiki outage", "ben", users_affected=12))
    assert second.triage.reasons == (
        "judged anew: 12 users instead of 1; “Wiki outage”",
        "ben: scope department: 12 users are affected, and department starts at 10",
        "ben: impact high: 'outage' in the text",
        "ben: impact medium, outranked: scope department",
        "ben: urgency medium, by default: none of the policy's 3 conditions for it holds",
        "impact high and urgency medium make P2 by the matrix",
    )


def test_who_named_the_users_is_who_made_it_high_impact() -> None:
    ledger, (_, second) = judged(said(), said("Wiki hangs", "ben", users_affected=60))
    assert second.high_impact.reasons[0] == "ben: 60 users affected, high impact starts at 50"
    assert [line.raised for line in ledger.lines] == ["", "P4 to P3, high impact"]


def test_what_is_less_bad_changes_nothing() -> None:
    ledger, found = judged(said("Urgent outage", users_affected=500), said("Whenever", "ben"))
    assert [one.triage.priority for one in found] == ["P1", "P1"]
    assert not found[1].changed
    assert [line.raised for line in ledger.lines] == ["", ""]


def test_as_many_as_report_are_affected() -> None:
    """Two in three departments are not six: what each says is not added up."""
    crowd = [said("Wiki is slow", f"user-{n}") for n in range(9)]
    _, found = judged(*crowd)
    assert found[-1].triage.scope is Scope.GROUP
    _, found = judged(*crowd, said("Wiki is slow", "user-10"))
    assert found[-1].triage.scope is Scope.DEPARTMENT
    assert found[-1].because == "10 users instead of 2"
    _, found = judged(said(users_affected=6), said("Wiki hangs", "ben", users_affected=6))
    assert found[-1].judged.users == 6


def test_several_departments_widen_the_scope() -> None:
    places = [said(by=f"m{n}", labels={"department": f"Hall {n}"}) for n in range(4)]
    _, found = judged(*places)
    assert [one.triage.scope for one in found] == ["user", "department", "organisation"]
    assert "2 departments instead of 1" in found[1].because
    assert "reports from 4 departments" in " ".join(found[-1].triage.reasons)


def test_a_statement_counts_with_its_own_category_too() -> None:
    categories = {"network": {"team": "network"}, "other": {"team": "desk"}}
    attack = {"team": "network", "rules": [{"words": ["phishing"], "weight": 4}]}
    policy = company(categories=categories | {"security": attack})
    ledger, _ = judged(said(users_affected=60), policy=policy)
    ledger.add(said("Phishing for everybody", "ben"), 2)
    found = judge(policy, ledger.to_judge(2, "network"))
    assert found.newly_critical
    assert found.critical is not None
    assert found.critical.reasons[0] == "ben: threat to security: the category is security"


def test_a_monitor_that_counts_nobody_speaks_for_all_users() -> None:
    monitor = said("Wiki outage", "prom", channel=Channel.MONITOR)
    for order in ((monitor, said(users_affected=2)), (said(users_affected=2), monitor)):
        _, found = judged(*order)
        assert found[-1].high_impact.yes  # the wiki has 80


def test_a_person_who_sets_it_higher_has_high_impact_and_critical_asked() -> None:
    policy = company(
        triage=RULES | {"impact_by_scope": {}},
        high_impact={"users": 10_000},
        critical={"data_integrity": [{"words": ["data is lost"]}]},
    )
    ledger, found = judged(said("Data is lost", users_affected=150), policy=policy)
    assert not found[0].high_impact.yes
    ledger.set_by("ana", Level.HIGH, Level.HIGH, Priority.P1)
    asked = ledger.to_judge()
    after = judge(policy, asked)
    assert (after.triage.priority, after.triage.impact) == ("P1", "high")
    assert (
        after.high_impact.reasons[0] == "the whole organisation is affected, and the impact is high"
    )
    assert (after.newly_high_impact, after.newly_critical) == (True, True)
    assert after.because == "now critical"
    assert ledger.apply(asked, after)
    assert not ledger.due()


def test_high_impact_stays_when_a_later_policy_would_not_say_so() -> None:
    ledger, _ = judged(said(users_affected=60))
    ledger.add(said("Wiki hangs"), 1)
    found = judge(company(high_impact={"users": 10_000}), ledger.to_judge(1))
    assert found.high_impact.yes
    assert found.high_impact.reasons[0] == "it was judged so before"
    assert not found.changed


STATEMENTS = st.lists(
    st.builds(
        said,
        st.sampled_from(["Slow", "Outage", "Urgent", "Whenever", "Everybody", "Data is lost"]),
        st.sampled_from(["mia", "ben", "prom"]),
        users_affected=st.sampled_from([0, 1, 2, 10, 49, 50, 100, 500]),
        service=st.sampled_from(["wiki", "shop", "vpn", "orders", ""]),
        channel=st.sampled_from([Channel.API, Channel.MONITOR]),
        labels=st.sampled_from([{}, {"severity": "critical"}, {"department": "A"}]),
    ),
    min_size=1,
    max_size=6,
)


@given(STATEMENTS, st.randoms())
def test_any_order_comes_to_the_same(statements: list[Statement], random: Any) -> None:
    shuffled = list(statements)
    random.shuffle(shuffled)
    _, one = judged(*statements)
    _, other = judged(*shuffled)
    ledger = ImpactLedger()
    for statement in statements:
        ledger.add(statement)
    at_once = judge(company(), ledger.to_judge()).judged
    # Of several reports the persons count too, which is another test's matter.
    ignored = {"users", "asks_again_at_users", "departments", "asks_again_at_departments"}
    assert one[-1].judged.model_dump(exclude=ignored) == other[-1].judged.model_dump(
        exclude=ignored
    )
    assert at_once.priority.number >= one[-1].judged.priority.number


@given(STATEMENTS)
def test_nothing_that_is_said_lowers_it(statements: list[Statement]) -> None:
    _, found = judged(*statements)
    for before, after in itertools.pairwise(found):
        assert after.judged.priority.number <= before.judged.priority.number
        assert after.judged.high_impact >= before.judged.high_impact
        assert after.judged.critical >= before.judged.critical
        assert list(Level).index(after.judged.impact) <= list(Level).index(before.judged.impact)
        assert list(Scope).index(after.judged.scope) >= list(Scope).index(before.judged.scope)


def test_moments_play_no_part() -> None:
    later = said("Wiki outage").model_copy(update={"at": NOON + timedelta(days=1)})
    _, found = judged(said(), later)
    assert found[-1].raised
