"""What a repeat adds to what its incident was told, by the policy."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from standfast.decisions.mapping import alerts_of
from standfast.incidents.monitoring import MOST_MEMBERS, MOST_WORSE
from standfast.incidents.report import Report
from standfast.intake.repeat_changes import Change, Delivered, RepeatAssessor, pending_repeat
from standfast.policy import Policy
from standfast.policy_file.loading import load_policy
from tests.decisions.small_policy import small_policy
from tests.decisions.test_triage import RULES


def policy() -> Policy:
    return small_policy(triage=RULES, critical={"data_integrity": [{"words": ["data is lost"]}]})


NEWS = [
    ({}, Change.NONE),
    ({"title": "WIKI  is slow"}, Change.NONE),
    ({"users_affected": 5}, Change.WORSE),  # a group, no more one user
    ({"title": "Wiki hangs"}, Change.OTHER_WORDS),
    ({"title": "Wiki outage"}, Change.WORSE),
    ({"labels": {"severity": "critical"}}, Change.WORSE),
    ({"labels": {"severity": "info"}}, Change.OTHER_WORDS),
    ({"title": "Whenever you like: wiki is slow"}, Change.OTHER_WORDS),
    ({"service": "shop"}, Change.WORSE),  # which is business critical
]


@pytest.mark.parametrize(("fields", "expected"), NEWS)
async def test_what_a_repeat_adds(fields: dict[str, Any], expected: Change) -> None:
    assessor, delivered = RepeatAssessor(policy), Delivered()
    first = Report(title="Wiki is slow", service="wiki")
    assert delivered.compare(await assessor.assess(first), 0) is Change.WORSE
    delivered.add(await assessor.assess(first))
    repeat = first.model_copy(update=fields)
    assessment = await assessor.assess(repeat)
    assert delivered.compare(assessment, 0) is expected
    kept = pending_repeat(repeat, assessment, expected)
    assert (kept is None) is (expected is Change.NONE)
    delivered.add(assessment)
    assert delivered.compare(assessment, 0) is Change.NONE


async def test_more_users_of_one_step_are_one_row_the_most() -> None:
    assessor, delivered = RepeatAssessor(policy), Delivered()
    words = set()
    for users in (2, 3, 7, 5, 9):
        report = Report(title="Wiki is slow", service="wiki", users_affected=users)
        assessment = await assessor.assess(report)
        change = delivered.compare(assessment, 0)
        if kept := pending_repeat(report, assessment, change):
            words.add((change, kept.words))
        delivered.add(assessment)
    assert len(words) == 2
    assert {change for change, _ in words} == {Change.WORSE, Change.MORE_USERS}


async def test_of_texts_that_differ_each_time_a_message_full_is_passed() -> None:
    assessor, delivered = RepeatAssessor(policy), Delivered()
    delivered.add(await assessor.assess(Report(title="Wiki is slow")))
    other = await assessor.assess(Report(title="Wiki hangs"))
    assert delivered.compare(other, waiting=9) is Change.OTHER_WORDS
    assert delivered.compare(other, waiting=10) is Change.NONE
    worse = await assessor.assess(Report(title="Urgent outage"))
    assert delivered.compare(worse, waiting=1_000) is Change.WORSE


async def test_an_edit_of_the_policy_counts_at_once() -> None:
    rules = [policy(), small_policy().versioned("edited")]
    assessor = RepeatAssessor(lambda: rules[0])
    report = Report(title="Urgent outage")
    before = await assessor.assess(report)
    rules.reverse()
    assert (await assessor.assess(report)).levels < before.levels


SHIPPED = load_policy(Path("policy/standfast.yaml"))


def enqueued(severity: str, summary: str, **payload: str) -> Report:
    """What a body for PagerDuty's door reports, by the policy that we ship."""
    given: JsonValue = {"summary": summary, "source": "prom", "severity": severity, **payload}
    body: JsonValue = {"event_action": "trigger", "dedup_key": "lag", "payload": given}
    [alert] = alerts_of(SHIPPED, "pagerduty", body, datetime.now(UTC))
    assert alert.report
    return alert.report


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (enqueued("warning", "Lag"), enqueued("critical", "Replication stopped")),
        (enqueued("warning", "Lag"), enqueued("error", "Lag")),
        (enqueued("error", "Lag"), enqueued("critical", "Lag")),
        (enqueued("info", "Lag"), enqueued("warning", "Lag")),
        (enqueued("warning", "Lag"), enqueued("warning", "Lag", component="payments")),
    ],
    ids=["a01", "error", "same-words", "from-info", "service-named-later"],
)
async def test_a_worse_severity_by_the_shipped_policy_is_not_held_back(
    before: Report, now: Report
) -> None:
    """erikdarlingdata/PerformanceMonitor#3341, sensu-plugins/sensu-plugins-pagerduty#30."""
    assessor, delivered = RepeatAssessor(lambda: SHIPPED), Delivered()
    delivered.add(await assessor.assess(before))
    assert delivered.compare(await assessor.assess(now), 0) is Change.WORSE
    delivered.add(await assessor.assess(now))
    assert delivered.compare(await assessor.assess(before), 0) is Change.NONE


async def test_each_alert_of_a_group_is_news_once() -> None:
    """grafana/oncall#542: titles that differ in a number alone; many, but not without end."""
    assessor, delivered = RepeatAssessor(policy), Delivered()
    down = Report(title="Node 1 down", service="wiki")
    delivered.add(await assessor.assess(down, "prom:1"))
    second = await assessor.assess(down, "prom:2")
    assert delivered.compare(second, MOST_WORSE) is Change.OTHER_WORDS
    delivered.add(second)
    assert delivered.compare(second, 0) is Change.NONE
    delivered.members.discard(second.member)  # it has recovered
    assert delivered.compare(second, 0) is Change.OTHER_WORDS
    for n in range(2, MOST_MEMBERS + 1):
        delivered.add(await assessor.assess(down, f"prom:{n}"))
    assert delivered.compare(await assessor.assess(down, "prom:99"), 0) is Change.NONE
