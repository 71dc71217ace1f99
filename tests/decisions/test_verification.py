"""Which evidence is needed, and what contradicting evidence means: the whole table."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from standfast.decisions.verification import plan, weigh
from standfast.incidents.report import Report
from standfast.incidents.resolution import Evidence, EvidenceKind, Verdict, Verification
from standfast.policy import Policy
from tests.decisions.small_policy import VERSION, small_policy, with_services

USER, TESTS, LOGS = EvidenceKind
YES, PARTLY, NO = Verdict
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)

PING = {"name": "ping", "command": {"run": ["true"]}}


def policy() -> Policy:
    return with_services(
        full={"verify": [USER, TESTS, LOGS], "tests": [PING], "logs": ["/var/log/full.log"]},
        bare={"verify": [USER, TESTS, LOGS]},
        tested={"tests": [PING]},
        logged={"verify": [LOGS], "logs": ["/var/log/logged.log"], "tests": [PING]},
        unlogged={"verify": [LOGS], "tests": [PING]},
        unlogged_only={"verify": [LOGS]},
        trusting={"verify": [], "tests": [PING]},
    )


PERSON = {"reporter": "mia@fernhill.example", "error_message": "disk full"}
MONITOR = {"reporter": "prometheus", "channel": "monitor", "error_message": "disk full"}

PLANS = [
    ("full", PERSON, (USER, TESTS, LOGS), ()),
    ("bare", PERSON, (USER,), ("no system tests: bare has no tests", "bare has no logs")),
    ("full", PERSON | {"error_message": ""}, (USER, TESTS, LOGS), ()),
    ("full", MONITOR, (TESTS, LOGS), ("a monitor reported it, there is nobody to ask",)),
    ("full", {"error_message": "disk full"}, (TESTS, LOGS), ("no reporter is known to ask",)),
    ("wiki", PERSON, (USER,), ("the policy says what incidents need",)),
    ("tested", PERSON, (USER,), ()),
    ("tested", MONITOR, (TESTS,), ("the system tests stand in for it",)),
    ("tested", {}, (TESTS,), ("no reporter is known to ask", "the system tests stand in for it")),
    ("wiki", MONITOR, (), ("nothing to check it by: the responder's word counts",)),
    ("", MONITOR, (), ("nothing to check it by: the responder's word counts",)),
    ("nowhere", PERSON, (USER,), ()),
    ("logged", PERSON, (LOGS,), ("logged says what its incidents need",)),
    ("logged", {}, (LOGS,), ()),
    ("unlogged", PERSON, (TESTS,), ("no log analysis: unlogged has no logs", "stand in for it")),
    ("unlogged_only", {}, (), ("nothing to check it by: the responder's word counts",)),
    ("trusting", PERSON, (), ("nothing to check it by: the responder's word counts",)),
]


@pytest.mark.parametrize(("service", "report", "needs", "reasons"), PLANS)
def test_the_plan_wants_what_can_be_had(
    service: str, report: dict[str, Any], needs: tuple[EvidenceKind, ...], reasons: tuple[str, ...]
) -> None:
    planned = plan(policy(), Report(title="Disk full", service=service, **report))
    assert planned.needs == needs
    assert planned.answer == (", ".join(needs) or "the responder's word")
    for reason in reasons:
        assert any(reason in given for given in planned.reasons), planned.reasons
    assert planned.policy_version == VERSION


def test_a_service_nobody_knows_is_not_tested() -> None:
    needy = small_policy(verification={"needs": [TESTS, LOGS]})
    planned = plan(needy, Report(title="Broken", service="nowhere"))
    assert planned.needs == ()
    assert "no system tests: service 'nowhere' is not in the catalogue" in planned.reasons
    unnamed = plan(needy, Report(title="Broken"))
    assert "no log analysis: no service named" in unnamed.reasons


def test_waiting_and_silence_are_as_the_policy_says() -> None:
    strict = small_policy(
        verification={
            "confirm_within": "2d",
            "remind_every": "6h",
            "no_answer_means": "unresolved",
        }
    )
    planned = plan(strict, Report(title="Broken", reporter="mia"))
    assert planned.confirm_within == timedelta(days=2)
    assert planned.remind_every == timedelta(hours=6)
    assert planned.silence_means is NO


AT_SILENCE: list[tuple[str, dict[str, Any], tuple[EvidenceKind, ...]]] = [
    ("full", PERSON, (TESTS, LOGS)),
    ("full", PERSON | {"error_message": ""}, (TESTS, LOGS)),
    ("tested", PERSON, (TESTS,)),
    ("wiki", PERSON, ()),
    ("nowhere", PERSON, ()),
    ("tested", MONITOR, ()),
    ("logged", PERSON, ()),
]


@pytest.mark.parametrize(("service", "report", "kinds"), AT_SILENCE)
def test_at_silence_all_that_the_service_offers_is_asked_again(
    service: str, report: dict[str, Any], kinds: tuple[EvidenceKind, ...]
) -> None:
    """Whether `verify` names it or not; and nothing where nobody is asked, so nobody is silent."""
    planned = plan(policy(), Report(title="Disk full", service=service, **report))
    assert planned.at_silence == kinds


def test_a_policy_may_take_silence_for_what_it_means() -> None:
    services = {"tested": {"title": "Tested", "tests": [PING]}}
    trusting = small_policy(services=services, verification={"no_answer_needs": "nothing"})
    report = Report(title="Broken", service="tested", reporter="mia@fernhill.example")
    assert plan(trusting, report).at_silence == ()


def says(kind: EvidenceKind, verdict: Verdict | None, source: str = "") -> Evidence:
    return Evidence(kind=kind, source=source or kind, says=verdict, detail="", at=NOON)


def weighed(*evidence: Evidence, **how: Any) -> Verification:
    return weigh(VERSION, evidence=evidence, needs=how.pop("needs", ()), **how)


MACHINES = {
    "nothing": [],
    "inconclusive": [says(TESTS, None), says(LOGS, None)],
    "all well": [says(TESTS, YES), says(LOGS, YES)],
    "well, one inconclusive": [says(TESTS, YES), says(LOGS, None)],
    "mixed": [says(TESTS, YES), says(LOGS, NO)],
    "mixed tests": [says(TESTS, YES, "http"), says(TESTS, NO, "tcp")],
    "partly": [says(TESTS, PARTLY)],
    "all bad": [says(TESTS, NO), says(LOGS, NO)],
    "bad, one inconclusive": [says(TESTS, None), says(LOGS, NO)],
}
SEEN = {
    "nothing": None,
    "inconclusive": None,
    "all well": YES,
    "well, one inconclusive": YES,
    "mixed": PARTLY,
    "mixed tests": PARTLY,
    "partly": PARTLY,
    "all bad": NO,
    "bad, one inconclusive": NO,
}

TABLE = {
    # (what the users say, what the machines say): the verdict
    (NO, None): NO,
    (NO, YES): NO,
    (NO, PARTLY): NO,
    (NO, NO): NO,
    (PARTLY, None): PARTLY,
    (PARTLY, YES): PARTLY,
    (PARTLY, PARTLY): PARTLY,
    (PARTLY, NO): PARTLY,
    (YES, None): YES,
    (YES, YES): YES,
    (YES, PARTLY): PARTLY,
    (YES, NO): PARTLY,
    (None, None): YES,
    (None, YES): YES,
    (None, PARTLY): PARTLY,
    (None, NO): NO,
}


@pytest.mark.parametrize("machines", MACHINES)
@pytest.mark.parametrize("user", [None, *Verdict])
@pytest.mark.parametrize("user_first", [True, False])
def test_contradicting_evidence_gives_one_verdict(
    user: Verdict | None, machines: str, user_first: bool
) -> None:
    word = [says(USER, user)] if user else []
    evidence = [*word, *MACHINES[machines]] if user_first else [*MACHINES[machines], *word]
    verification = weighed(*evidence)
    assert verification.verdict is TABLE[user, SEEN[machines]]
    assert verification.answer == verification.verdict
    assert verification.policy_version == VERSION


SILENCE = {
    # (what silence means, what the machines say): the verdict, never better than the machines
    (YES, None): YES,
    (YES, YES): YES,
    (YES, PARTLY): PARTLY,
    (YES, NO): NO,
    (PARTLY, None): PARTLY,
    (PARTLY, YES): PARTLY,
    (PARTLY, PARTLY): PARTLY,
    (PARTLY, NO): NO,
    (NO, None): NO,
    (NO, YES): NO,
    (NO, PARTLY): NO,
    (NO, NO): NO,
}


@pytest.mark.parametrize("machines", MACHINES)
@pytest.mark.parametrize("means", Verdict)
def test_silence_is_never_better_than_what_the_machines_say(means: Verdict, machines: str) -> None:
    verification = weighed(*MACHINES[machines], silent=True, silence_means=means, needs=(USER,))
    assert verification.verdict is SILENCE[means, SEEN[machines]]
    expected = f"the reporter has not answered in time, which is taken as {means}"
    assert verification.reasons[0].startswith(expected)


@pytest.mark.parametrize(("user", "machines"), list(product(Verdict, MACHINES)))
def test_who_was_silent_at_first_and_then_spoke_is_heard(user: Verdict, machines: str) -> None:
    evidence = [says(USER, user), *MACHINES[machines]]
    verification = weighed(*evidence, silent=True, silence_means=NO)
    assert verification.verdict is TABLE[user, SEEN[machines]]


def test_of_one_user_the_last_word_counts() -> None:
    assert weighed(says(USER, NO, "mia"), says(USER, YES, "mia")).verdict is YES
    assert weighed(says(USER, YES, "mia"), says(USER, NO, "mia")).verdict is NO


def test_of_several_users_the_one_who_is_worst_off_counts() -> None:
    assert weighed(says(USER, NO, "mia"), says(USER, YES, "tom")).verdict is NO
    assert weighed(says(USER, YES, "mia"), says(USER, PARTLY, "tom")).verdict is PARTLY


def test_of_one_test_the_last_run_counts_and_one_that_could_not_run_does_not() -> None:
    assert weighed(says(TESTS, NO), says(TESTS, YES)).verdict is YES
    assert weighed(says(TESTS, NO), says(TESTS, None)).verdict is NO
    assert weighed(says(TESTS, None), says(TESTS, NO)).verdict is NO


def test_of_several_looks_in_vain_the_last_one_is_shown() -> None:
    gone, locked = (
        Evidence(kind=LOGS, source="a.log", says=None, detail=detail, at=NOON)
        for detail in ("no such file", "permission denied")
    )
    reasons = weighed(gone, locked).reasons
    assert reasons[1:] == ("log analysis, a.log: inconclusive (permission denied)",)


def test_a_test_and_a_log_of_the_same_name_are_two_sources() -> None:
    assert weighed(says(TESTS, NO, "shop"), says(LOGS, YES, "shop")).verdict is PARTLY


def test_the_reasons_hold_the_evidence() -> None:
    refused = Evidence(
        kind=TESTS, source="shop answers", says=NO, detail="answered 500, expected 200", at=NOON
    )
    assert weighed(says(USER, YES, "mia"), refused).reasons == (
        "the user confirms it, but the machines do not",
        "user confirmation, mia: resolved",
        "system tests, shop answers: unresolved (answered 500, expected 200)",
    )


def test_the_responders_word_is_named_when_it_is_all_there_is() -> None:
    verification = weighed(says(LOGS, None, "a.log"), needs=(LOGS, TESTS))
    assert verification.reasons == (
        "nothing settles it: the responder's word counts",
        "log analysis, a.log: inconclusive",
        "needed, but not to be had: system tests",
    )
