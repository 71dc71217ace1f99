"""What makes an incident high impact, and what the reasons say when nothing does."""

from typing import Any

import pytest

from standfast.decisions.high_impact import high_impact
from standfast.incidents.assessment import Assessed
from standfast.incidents.report import Report
from standfast.policy import Policy
from tests.decisions.small_policy import VERSION, small_policy, with_services


def assessed(*, impact: str = "medium", scope: str = "group", **report: Any) -> Assessed:
    return Assessed(
        report=Report(**{"title": "Something is slow", **report}),
        impact=impact,
        urgency="medium",
        scope=scope,
        priority="P3",
        category="network",
    )


YES = [
    ({"service": "shop"}, "shop is business critical"),
    ({"service": "mail"}, "mail is an essential service"),
    ({"users_affected": 50}, "50 users affected, high impact starts at 50"),
    (
        {"scope": "organisation", "impact": "high"},
        "the whole organisation is affected, and the impact is high",
    ),
    (
        {"service": "wiki", "channel": "monitor", "impact": "high"},
        "80 users affected (all who use wiki: a monitor counts none), high impact starts at 50",
    ),
    (
        {"service": "wiki", "channel": "monitor", "impact": "high", "users_affected": 0},
        "80 users affected (all who use wiki: a monitor counts none), high impact starts at 50",
    ),
]


@pytest.mark.parametrize(("incident", "reason"), YES)
def test_one_condition_is_enough_and_is_named_first(incident: dict[str, Any], reason: str) -> None:
    answer = high_impact(small_policy(), assessed(**incident))
    assert answer.answer == "yes"
    assert answer.reasons[0] == reason
    assert answer.policy_version == VERSION


NO = [
    ({"users_affected": 49}, "49 users affected, high impact starts at 50"),
    ({"users_affected": 1}, "1 user affected, high impact starts at 50"),
    ({"users_affected": 0}, "0 users affected, high impact starts at 50"),
    ({"service": "wiki"}, "wiki is not business critical"),
    ({"service": "wiki"}, "wiki is not an essential service"),
    ({}, "no service named, so none is known to be business critical or essential"),
    (
        {"service": "Shop"},
        "service 'Shop' is not in the catalogue, "
        "so none is known to be business critical or essential",
    ),
    (
        {"scope": "organisation", "impact": "medium"},
        "scope organisation, impact medium: high impact by scope needs organisation, high",
    ),
    # All users of a service count only for a monitor that sent no number, at high impact.
    ({"service": "wiki", "impact": "high"}, "1 user affected, high impact starts at 50"),
    ({"service": "wiki", "channel": "monitor"}, "1 user affected, high impact starts at 50"),
    (
        {"service": "wiki", "channel": "monitor", "impact": "high", "users_affected": 7},
        "7 users affected, high impact starts at 50",
    ),
]


@pytest.mark.parametrize(("incident", "reason"), NO)
def test_a_no_says_what_was_looked_at(incident: dict[str, Any], reason: str) -> None:
    answer = high_impact(small_policy(), assessed(**incident))
    assert answer.answer == "no"
    assert reason in answer.reasons


def test_a_yes_also_says_what_did_not_hold() -> None:
    answer = high_impact(small_policy(), assessed(service="shop", users_affected=3))
    assert answer.reasons == (
        "shop is business critical",
        "shop is not an essential service",
        "3 users affected, high impact starts at 50",
        "scope group, impact medium: high impact by scope needs organisation, high",
    )


def conditions() -> Policy:
    rules = [{"words": ["checkout", "payment*"]}, {"labels": {"severity": "*"}}]
    return small_policy(high_impact={"conditions": rules})


def test_a_sign_of_high_impact_is_quoted() -> None:
    answer = high_impact(conditions(), assessed(title="Payments hang", labels={"severity": "7"}))
    assert answer.answer == "yes"
    assert answer.reasons[:2] == (
        "sign of high impact: 'payments' in the text",
        "sign of high impact: label severity=*",
    )


def test_signs_that_were_not_found_are_counted() -> None:
    answer = high_impact(conditions(), assessed())
    assert answer.answer == "no"
    assert "no condition for high impact holds (2 in the policy)" in answer.reasons


def test_a_policy_need_not_count_essential_services() -> None:
    policy = small_policy(high_impact={"essential_services": False})
    answer = high_impact(policy, assessed(service="mail"))
    assert answer.answer == "no"
    assert "mail is an essential service, which this policy does not count" in answer.reasons


def test_the_policy_sets_how_many_users_are_many() -> None:
    policy = small_policy(high_impact={"users": 3})
    assert high_impact(policy, assessed(users_affected=3)).yes
    assert not high_impact(policy, assessed(users_affected=2)).yes


def test_a_service_that_few_use_never_lowers_what_the_report_says() -> None:
    policy = with_services(wiki={"users": 0})
    incident = assessed(service="wiki", channel="monitor", impact="high", users_affected=1)
    assert "1 user affected, high impact starts at 50" in high_impact(policy, incident).reasons
