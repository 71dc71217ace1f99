"""The policy that comes with the software: believable, complete, and safe on any machine."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from standfast.decisions.classification import classify
from standfast.decisions.triage import triage
from standfast.incidents.assessment import Priority
from standfast.incidents.report import Channel, Report
from standfast.policy import Policy
from standfast.policy.rules import ReportCondition
from standfast.policy_file.loading import load_policy
from standfast.policy_file.shipped import SHIPPED_POLICY


@pytest.fixture(scope="module")
def fernhill() -> Policy:
    return load_policy(SHIPPED_POLICY)


def test_it_is_the_company_of_the_examples(fernhill: Policy) -> None:
    assert fernhill.organisation == "Fernhill"
    technical = {"hardware", "network", "security", "data"}
    assert set(fernhill.categories) == technical | {"software", "access", "cloud", "other"}
    supporting = technical | {"service-desk", "applications", "platform"}
    assert set(fernhill.teams) == supporting | {fernhill.incident_manager}
    for team in (fernhill.teams[name] for name in supporting):
        assert [tier.name for tier in team.tiers][:3] == ["L1", "L2", "L3"]


def test_nothing_leaves_the_machine_until_somebody_says_so(fernhill: Policy) -> None:
    channels = [fernhill.reporters.channels]
    channels += [person.channels for person in fernhill.people.values()]
    assert {url for reached in channels for url in reached.values()} == {"outbox://"}
    tests = [test for service in fernhill.services.values() for test in service.tests]
    assert tests
    assert all(test.command for test in tests), "a test by default asks no other machine"


def test_a_runbook_that_changes_anything_asks_first(fernhill: Policy) -> None:
    unasked = {name for name, book in fernhill.runbooks.items() if book.approval == "never"}
    assert unasked == {"flush-dns-cache"}
    restarts = [book for book in fernhill.runbooks.values() if "systemctl" in str(book.steps)]
    assert restarts
    assert all(book.approval == "always" and book.approvers for book in restarts)


def test_a_runbook_for_a_subcategory_can_be_chosen(fernhill: Policy) -> None:
    for name, book in fernhill.runbooks.items():
        rules = fernhill.categories[book.match.category or ""].rules
        assert book.match.subcategory in {rule.subcategory for rule in rules}, name


def conditions(policy: Policy) -> Iterator[ReportCondition]:
    yield from policy.triage.impact
    yield from policy.triage.urgency
    yield from policy.high_impact.conditions
    yield from policy.critical.security
    yield from policy.critical.data_integrity
    for category in policy.categories.values():
        yield from category.rules


def test_conditions_name_services_that_there_are_and_words_that_can_be_found(
    fernhill: Policy,
) -> None:
    for condition in conditions(fernhill):
        assert set(condition.services) <= set(fernhill.services)
        assert all(re.search(r"\w", phrase) for phrase in (*condition.words, *condition.error))


def test_a_more_urgent_incident_never_waits_longer(fernhill: Policy) -> None:
    clocks = [fernhill.clocks[priority] for priority in Priority]
    for name in ("acknowledge_within", "page_again_every", "resolve_within", "remind_hold_every"):
        waits = [getattr(clock, name) for clock in clocks]
        assert waits == sorted(waits), name
    assert all(clock.page_again_every < clock.acknowledge_within for clock in clocks)


def test_it_is_short_enough_to_be_read() -> None:
    for file in Path(SHIPPED_POLICY).parent.glob("*.yaml"):
        assert len(file.read_text().splitlines()) < 400


REPORTS = [
    # title, service, users, category/subcategory, team, priority, runbook
    (
        "Website is down",
        "website",
        500,
        "software/availability applications P1 restart-application",
    ),
    ("Typo on the about page", "website", 1, "software/ applications P5 -"),
    (
        "The label printer in hall 2 prints nothing",
        "printing",
        12,
        "hardware/printing hardware P3 restart-print-spooler",
    ),
    ("My laptop does not turn on", "", 1, "hardware/workplace hardware P4 -"),
    ("Forgot my password", "", 1, "access/password service-desk P4 -"),
    ("No access to the shared folder Finance", "file-share", 1, "access/permissions platform P4 -"),
    (
        "New colleague starts on Monday, needs a laptop",
        "",
        1,
        "access/joiners-and-leavers service-desk P4 -",
    ),
    ("VPN disconnects every ten minutes", "vpn", 30, "network/vpn network P3 -"),
    ("Whole network is down in the warehouse", "network", 140, "network/connection network P1 -"),
    ("DNS: cannot resolve the intranet", "", 4, "network/dns network P3 flush-dns-cache"),
    ("Phishing: I clicked on the link", "email", 1, "security/phishing security P4 -"),
    ("Ransomware note on my screen", "file-share", 1, "security/malware security P1 -"),
    (
        "Yesterday's sales figures are wrong",
        "data-warehouse",
        8,
        "data/pipeline data P3 repeat-nightly-load",
    ),
    ("Data loss in the order table", "erp", 3, "data/integrity data P2 -"),
    ("Mail is down, nobody can send", "email", 320, "software/availability applications P1 -"),
    ("How do I change my signature in Outlook?", "email", 1, "software/office applications P5 -"),
    ("Pods of the api restart in Kubernetes", "hosting", 1, "cloud/containers platform P4 -"),
    ("UPS: the parcel label has a wrong address", "erp", 1, "software/ applications P4 -"),
    ("The gift certificate was declined", "website", 1, "software/ applications P4 -"),
    ("Please help me", "", 1, "other/ service-desk P4 -"),
]


@pytest.mark.parametrize(("title", "service", "users", "expected"), REPORTS)
def test_reports_go_where_a_person_would_send_them(
    fernhill: Policy, title: str, service: str, users: int, expected: str
) -> None:
    report = Report(title=title, service=service, users_affected=users)
    found = classify(fernhill, report)
    runbook = found.runbook.name if found.runbook else "-"
    priority = triage(fernhill, report).priority
    kind = f"{found.category}/{found.subcategory}"
    assert f"{kind} {found.team} {priority} {runbook}" == expected, "\n".join(found.reasons)


ALERTS = [
    ("RAID degraded on srv-04", "critical", "hardware/disk", Priority.P2),
    ("High CPU on db-1", "warning", "hardware/capacity", Priority.P4),
    ("PostgreSQL replication lag", "warning", "data/database", Priority.P4),
    ("TLS certificate expires in 3 days", "warning", "security/certificates", Priority.P4),
    ("Kubernetes node not ready", "critical", "cloud/containers", Priority.P2),
    ("BGP session down on the core router", "critical", "network/equipment", Priority.P2),
    ("RabbitMQ has too many unacknowledged messages", "info", "software/messaging", Priority.P5),
]


@pytest.mark.parametrize(("title", "severity", "kind", "priority"), ALERTS)
def test_alerts_are_understood_by_their_words_and_severity(
    fernhill: Policy, title: str, severity: str, kind: str, priority: Priority
) -> None:
    report = Report(title=title, channel=Channel.MONITOR, labels={"severity": severity})
    found = classify(fernhill, report)
    assert f"{found.category}/{found.subcategory}" == kind, "\n".join(found.reasons)
    assert triage(fernhill, report).priority is priority
