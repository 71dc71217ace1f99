"""What a repeat adds to what its incident was told, by the policy."""

from typing import Any

import pytest

from standfast.incidents.report import Report
from standfast.intake.weighing import News, Passed, Weighing, to_keep
from standfast.policy import Policy
from tests.decisions.small_policy import small_policy
from tests.decisions.test_triage import RULES


def policy() -> Policy:
    return small_policy(triage=RULES, critical={"data_integrity": [{"words": ["data is lost"]}]})


NEWS = [
    ({}, News.NONE),
    ({"title": "WIKI  is slow"}, News.NONE),
    ({"users_affected": 5}, News.WORSE),  # a group, no more one user
    ({"title": "Wiki hangs"}, News.OTHER_WORDS),
    ({"title": "Wiki outage"}, News.WORSE),
    ({"labels": {"severity": "critical"}}, News.WORSE),
    ({"labels": {"severity": "info"}}, News.OTHER_WORDS),
    ({"title": "Whenever you like: wiki is slow"}, News.OTHER_WORDS),
    ({"service": "shop"}, News.WORSE),  # which is business critical
]


@pytest.mark.parametrize(("fields", "expected"), NEWS)
async def test_what_a_repeat_adds(fields: dict[str, Any], expected: News) -> None:
    weighing, passed = Weighing(policy), Passed()
    first = Report(title="Wiki is slow", service="wiki")
    assert passed.news(await weighing.weigh(first), 0) is News.WORSE
    passed.add(await weighing.weigh(first))
    repeat = first.model_copy(update=fields)
    weight = await weighing.weigh(repeat)
    assert passed.news(weight, 0) is expected
    kept = to_keep(repeat, weight, expected)
    assert (kept is None) is (expected is News.NONE)
    passed.add(weight)
    assert passed.news(weight, 0) is News.NONE


async def test_more_users_of_one_step_are_one_row_the_most() -> None:
    weighing, passed = Weighing(policy), Passed()
    words = set()
    for users in (2, 3, 7, 5, 9):
        report = Report(title="Wiki is slow", service="wiki", users_affected=users)
        weight = await weighing.weigh(report)
        news = passed.news(weight, 0)
        if kept := to_keep(report, weight, news):
            words.add((news, kept.words))
        passed.add(weight)
    assert len(words) == 2
    assert {news for news, _ in words} == {News.WORSE, News.MORE_USERS}


async def test_of_texts_that_differ_each_time_a_message_full_is_passed() -> None:
    weighing, passed = Weighing(policy), Passed()
    passed.add(await weighing.weigh(Report(title="Wiki is slow")))
    other = await weighing.weigh(Report(title="Wiki hangs"))
    assert passed.news(other, waiting=9) is News.OTHER_WORDS
    assert passed.news(other, waiting=10) is News.NONE
    worse = await weighing.weigh(Report(title="Urgent outage"))
    assert passed.news(worse, waiting=1_000) is News.WORSE


async def test_an_edit_of_the_policy_counts_at_once() -> None:
    rules = [policy(), small_policy().versioned("edited")]
    weighing = Weighing(lambda: rules[0])
    report = Report(title="Urgent outage")
    before = await weighing.weigh(report)
    rules.reverse()
    assert (await weighing.weigh(report)).levels < before.levels
