"""Impact, urgency, scope and priority of a report."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given

from standfast.decisions.triage import clocks_for, reprioritise, triage
from standfast.incidents.actions import Reprioritise
from standfast.incidents.assessment import Level, Priority, Scope, SimilarIncident, Triage
from standfast.incidents.report import Report
from standfast.policy import Policy
from standfast.policy_file.loading import load_policy
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.time.clocks import Clocks
from tests.decisions.anything import reports
from tests.decisions.small_policy import SMALL, VERSION, small_policy

RULES: dict[str, Any] = {
    "matrix": SMALL["triage"]["matrix"],
    "users": {"group": 2, "department": 10, "organisation": 100},
    "impact_by_scope": {"department": "medium", "organisation": "high"},
    "impact": [
        {"level": "high", "words": ["outage"]},
        {"level": "medium", "words": ["team"], "services": ["shop"]},
    ],
    "urgency": [
        {"level": "high", "labels": {"severity": "critical"}},
        {"level": "high", "words": ["urgent"]},
        {"level": "low", "words": ["whenever"]},
    ],
}


def company(**services: Any) -> Policy:
    known = {"shop": {"title": "Shop"}, "mail": {"title": "Mail", "impact": "medium"}}
    return small_policy(triage=RULES, services=known | services)


TABLE = [
    # title, service, users, severity → scope, impact, urgency, priority
    ("broken", "", 1, "", Scope.USER, "low", "medium", "P4"),
    ("broken", "", 0, "", Scope.USER, "low", "medium", "P4"),
    ("broken", "", 2, "", Scope.GROUP, "low", "medium", "P4"),
    ("broken", "", 10, "", Scope.DEPARTMENT, "medium", "medium", "P3"),
    ("broken", "", 100, "", Scope.ORGANISATION, "high", "medium", "P2"),
    ("urgent outage", "", 1, "", Scope.USER, "high", "high", "P1"),
    ("outage", "", 1, "critical", Scope.USER, "high", "high", "P1"),
    ("outage, whenever", "", 1, "", Scope.USER, "high", "low", "P3"),
    ("whenever", "", 1, "", Scope.USER, "low", "low", "P5"),  # below the usual urgency
    ("whenever, but urgent", "", 1, "", Scope.USER, "low", "high", "P3"),  # the highest counts
    ("my team", "shop", 1, "", Scope.USER, "medium", "medium", "P3"),
    ("my team", "mail", 1, "", Scope.USER, "medium", "medium", "P3"),  # by its service
    ("my team", "", 1, "", Scope.USER, "low", "medium", "P4"),
    ("broken", "elsewhere", 1, "", Scope.USER, "low", "medium", "P4"),
    ("broken", "", 1_000_000_000, "critical", Scope.ORGANISATION, "high", "high", "P1"),
]


@pytest.mark.parametrize(
    ("title", "service", "users", "severity", "scope", "impact", "urgency", "priority"), TABLE
)
def test_priority_is_impact_by_urgency(
    title: str,
    service: str,
    users: int,
    severity: str,
    scope: Scope,
    impact: str,
    urgency: str,
    priority: str,
) -> None:
    labels = {"severity": severity} if severity else {}
    report = Report(title=title, service=service, users_affected=users, labels=labels)
    found = triage(company(), report)
    assert (found.scope, found.impact, found.urgency) == (scope, impact, urgency), found.reasons
    assert (found.priority, found.answer) == (priority, priority)
    assert found.policy_version == VERSION


@pytest.mark.parametrize("impact", Level)
@pytest.mark.parametrize("urgency", Level)
def test_a_person_who_says_otherwise_is_heard(impact: Level, urgency: Level) -> None:
    policy = company()
    change = Reprioritise(by="ana", impact=impact, urgency=urgency)
    found = reprioritise(policy, change)
    expected = SMALL["triage"]["matrix"][impact][urgency]
    assert (found.priority, found.answer) == (expected, expected)
    assert (found.impact, found.urgency) == (impact, urgency)
    assert found.clocks == clocks_for(policy, found.priority)
    assert found.reasons == (
        f"ana set impact {impact} and urgency {urgency}",
        f"impact {impact} and urgency {urgency} make {expected} by the matrix",
    )


def test_the_clocks_are_those_of_the_priority() -> None:
    clocks = clocks_for(company(), Priority.P3)
    assert type(clocks) is Clocks
    assert clocks.acknowledge_within == timedelta(minutes=15)
    assert clocks.resolve_within == timedelta(hours=4)


def test_the_reasons_tell_what_was_looked_at() -> None:
    report = Report(title="Outage, whenever", service="mail", users_affected=12)
    assert triage(company(), report).reasons == (
        "service mail: nothing special in the catalogue",
        "scope department: 12 users are affected, and department starts at 10",
        "impact high: 'outage' in the text",
        "impact medium, outranked: scope department",
        "impact medium, outranked: service mail",
        "urgency low: 'whenever' in the text",
        "impact high and urgency low make P3 by the matrix",
        "no similar past incident is on record",
    )


def test_the_reasons_tell_what_did_not_hold() -> None:
    reasons = triage(company(), Report(title="Hm", service="Web\x1b[31m " + "x" * 90)).reasons
    assert reasons[0] == f"service 'Web[31m {'x' * 52}…' is not in the catalogue"
    assert reasons[1:4] == (
        "scope user: 1 user is affected, and group starts at 2",
        "impact low, by default: none of the policy's 2 conditions for it holds",
        "urgency medium, by default: none of the policy's 3 conditions for it holds",
    )
    assert triage(company(), Report(title="Hm")).reasons[0] == "the report names no service"


def test_what_is_special_about_the_service_is_told() -> None:
    policy = company(till={"title": "Tills", "essential": True, "holds_critical_data": True})
    reasons = triage(policy, Report(title="Hm", service="till")).reasons
    assert reasons[0] == "service till: essential, holds critical data"


def past(number: int, resolution: str) -> SimilarIncident:
    return SimilarIncident(
        incident_id=f"INC-{number}",
        episode=1,
        title="Then",
        resolution=resolution,
        closed_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


class TestLikelyPath:
    """What may resolve it, said before anybody has looked."""

    def found(self, *, runbook: str = "", similar: tuple[SimilarIncident, ...] = ()) -> Triage:
        rules = {"team": "network", "rules": [{"words": ["wifi"], "weight": 2}]}
        book = {
            "title": "Reset",
            "match": {"category": "network"},
            "steps": [{"run": ["true"]}],
            "check": ["true"],
            "approval": runbook,
        }
        policy = small_policy(
            categories=SMALL["categories"] | {"network": rules},
            runbooks={"reset": book} if runbook else {},
        )
        return triage(policy, Report(title="wifi"), similar)

    def test_people_of_the_team_that_looks_after_it(self) -> None:
        assert self.found().likely_path == "by people: Network, L1"

    def test_a_runbook(self) -> None:
        assert self.found(runbook="never").likely_path == "automated: runbook reset"
        assert self.found(runbook="always").likely_path == (
            "automated: runbook reset, once approved"
        )

    def test_what_resolved_a_similar_one(self) -> None:
        similar = (past(1, ""), past(2, "replaced the cable"))
        found = self.found(similar=similar)
        assert found.similar == similar
        assert found.likely_path == "by people: Network, L1, as INC-2 was"
        assert found.reasons[-1] == "similar past incidents: INC-1, INC-2"


def test_triage_goes_on_when_nobody_can_look_for_similar_incidents() -> None:
    found = triage(company(), Report(title="broken"), None)
    assert found.priority == "P4"
    assert found.similar == ()
    assert found.reasons[-1] == (
        "similar past incidents are not known: the record store could not be reached"
    )


FERNHILL = load_policy(SHIPPED_POLICY)


@given(reports(*FERNHILL.services))
def test_any_report_is_triaged(report: Report) -> None:
    found = triage(FERNHILL, report)
    assert found.priority is FERNHILL.triage.matrix[found.impact][found.urgency]
    assert found.likely_path
    assert all("\n" not in reason for reason in found.reasons)
    assert triage(FERNHILL, report) == found
