"""What makes an incident critical, and what the reasons say when nothing does."""

from typing import Any

import pytest

from standfast.decisions.critical import critical
from standfast.incidents.assessment import Assessed
from standfast.incidents.report import Report
from standfast.policy import Policy
from tests.decisions.small_policy import VERSION, small_policy


def assessed(*, category: str = "network", **report: Any) -> Assessed:
    return Assessed(
        report=Report(**{"title": "Something is slow", **report}),
        impact="high",
        urgency="high",
        scope="organisation",
        priority="P1",
        category=category,
    )


def watchful() -> Policy:
    return small_policy(
        critical={
            "security": [{"words": ["ransomware"]}, {"labels": {"siem": "*"}}],
            "data_integrity": [{"words": ["checksum"], "services": ["orders"]}],
        }
    )


YES = [
    ({"category": "security"}, "threat to security: the category is security"),
    ({"title": "Ransomware note"}, "sign of a threat to security: 'ransomware' in the text"),
    ({"labels": {"siem": "4711"}}, "sign of a threat to security: label siem=*"),
    (
        {"category": "data", "service": "orders"},
        "threat to data integrity: orders holds critical data",
    ),
    (
        {"title": "Checksum mismatch", "service": "orders"},
        "sign of a threat to data integrity: 'checksum' in the text, service orders",
    ),
    ({"service": "vpn"}, "vpn is core infrastructure"),
]


@pytest.mark.parametrize(("incident", "reason"), YES)
def test_one_threat_is_enough_and_is_named_first(incident: dict[str, Any], reason: str) -> None:
    answer = critical(watchful(), assessed(**incident))
    assert answer.answer == "yes"
    assert answer.reasons[0] == reason
    assert answer.policy_version == VERSION


NO = [
    ({}, "the category is network, not security"),
    ({}, "no service of the catalogue is named that holds critical data"),
    ({}, "no service of the catalogue is named that is core infrastructure"),
    ({}, "no condition for a threat to security holds (2 in the policy)"),
    ({}, "no condition for a threat to data integrity holds (1 in the policy)"),
    ({"service": "shop"}, "shop is not core infrastructure"),
    ({"service": "shop", "category": "data"}, "shop holds no critical data"),
    ({"service": "orders"}, "orders holds critical data, but the category is network, not data"),
    ({"title": "Checksum mismatch", "service": "shop"}, "shop holds no critical data"),
    ({"service": "nowhere"}, "no service of the catalogue is named that is core infrastructure"),
]


@pytest.mark.parametrize(("incident", "reason"), NO)
def test_a_no_says_what_was_looked_at(incident: dict[str, Any], reason: str) -> None:
    answer = critical(watchful(), assessed(**incident))
    assert answer.answer == "no"
    assert reason in answer.reasons


def test_every_reason_for_a_no_stands_there() -> None:
    answer = critical(small_policy(), assessed(service="shop"))
    assert answer.reasons == (
        "the category is network, not security",
        "shop holds no critical data",
        "shop is not core infrastructure",
    )


def test_the_policy_says_which_categories_threaten_security() -> None:
    policy = small_policy(critical={"security_categories": ["data", "network"]})
    assert critical(policy, assessed(category="network")).yes
    answer = critical(policy, assessed(category="security"))
    assert answer.answer == "no"
    assert "the category is security, not data or network" in answer.reasons


def test_a_policy_need_not_count_core_infrastructure() -> None:
    policy = small_policy(critical={"core_infrastructure": False})
    answer = critical(policy, assessed(service="vpn"))
    assert answer.answer == "no"
    assert "vpn is core infrastructure, which this policy does not count" in answer.reasons
