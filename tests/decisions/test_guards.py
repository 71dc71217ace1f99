"""Whether automation may act now, from all that it has done lately."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from standfast.decisions.guards import PastRun, held_back
from standfast.incidents.resolution import RemediationOutcome
from standfast.messages.message import LONGEST_DURATION
from standfast.policy.guards import Guards

SUCCEEDED, FAILED, _, UNKNOWN, STOPPED = RemediationOutcome
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, MINUTE, INSTANT = timedelta(hours=1), timedelta(minutes=1), timedelta(microseconds=1)
HERE, ELSEWHERE = "service:shop", "service:wiki"


def run(
    started: timedelta,
    lasted: timedelta | None = MINUTE,
    *,
    target: str = HERE,
    runbook: str = "restart",
    outcome: RemediationOutcome = FAILED,
    incident: str = "INC-1",
) -> PastRun:
    """A run that started so long ago; `lasted` is None while it has not ended."""
    began = NOW - started
    return PastRun(
        key=f"{incident}:1:runbook:1",
        incident_id=incident,
        runbook=runbook,
        target=target,
        started_at=began,
        ended_at=None if lasted is None else began + lasted,
        outcome=None if lasted is None else outcome,
    )


def helped(started: timedelta, incident: str = "INC-1", **case: Any) -> PastRun:
    return run(started, incident=incident, outcome=SUCCEEDED, **case)


def guards(**says: Any) -> Guards:
    """Guards that hold nothing back but what these say, and two at once on one target."""
    nothing = {
        "per_target_and_hour": 1_000,
        "cooldown": None,
        "max_concurrent": 1_000,
        "per_hour": 1_000,
        "flapping_limit": 100,
    }
    return Guards(**(nothing | says))


def asked(guards: Guards, past: Sequence[PastRun], now: datetime = NOW) -> str | None:
    return held_back(guards, runbook="restart", target=HERE, past=past, now=now)


BUSY = (
    "one remediation at a time per target: restart has been at work on service:shop "
    "for INC-7 since 2026-11-24 11:58:00 UTC"
)
TWO_MINUTES_APART = "{} ago, and 5 min must lie between two"
COOLDOWN = f"cooldown: a remediation of service:shop ended {TWO_MINUTES_APART}"
THREE = [run(30 * MINUTE, incident="INC-1"), run(20 * MINUTE, incident="INC-2"), run(9 * MINUTE)]
CHAIN = [
    helped(50 * HOUR, "INC-1"),
    helped(30 * HOUR, "INC-2"),
    helped(8 * HOUR, "INC-3"),
]
CHAIN_IN_WORDS = (
    "restart has helped 3 times in a row without lasting 1 d, so automation stops: "
    "INC-1 at 2026-11-22 10:00:00 UTC, INC-2 at 2026-11-23 06:00:00 UTC, "
    "INC-3 at 2026-11-24 04:00:00 UTC"
)

TABLE: list[tuple[str, dict[str, Any], list[PastRun], str | None]] = [
    ("nothing was ever done", {}, [], None),
    # one at a time per target
    ("one is at work here", {}, [run(2 * MINUTE, None, incident="INC-7")], BUSY),
    (
        "another runbook is",
        {},
        [run(2 * MINUTE, None, runbook="purge")],
        BUSY.split("restart")[0] + "purge has been at work",
    ),
    ("one is at work elsewhere", {}, [run(2 * MINUTE, None, target=ELSEWHERE)], None),
    ("one has worked for a week", {}, [run(168 * HOUR, None)], "one remediation at a time"),
    # at once, everywhere
    (
        "two of two are at work elsewhere",
        {"max_concurrent": 2},
        [run(MINUTE, None, target=f"host:{n}") for n in range(2)],
        "2 remediations run already, and at most 2 may",
    ),
    (
        "one of two is at work elsewhere",
        {"max_concurrent": 2},
        [run(MINUTE, None, target=ELSEWHERE), run(9 * MINUTE, target=ELSEWHERE)],
        None,
    ),
    # cooldown
    (
        "one ended a moment ago",
        {"cooldown": "5m"},
        [run(3 * MINUTE)],
        COOLDOWN.format("2 min"),
    ),
    ("one ended just within it", {"cooldown": "5m"}, [run(6 * MINUTE - INSTANT)], "cooldown"),
    ("one ended as long ago as it is", {"cooldown": "5m"}, [run(6 * MINUTE)], None),
    ("one ended here long ago", {"cooldown": "5m"}, [run(50 * MINUTE)], None),
    ("one ended elsewhere", {"cooldown": "5m"}, [run(2 * MINUTE, target=ELSEWHERE)], None),
    (
        "it began long ago and ended now",
        {"cooldown": "5m"},
        [run(3 * HOUR, 3 * HOUR)],
        COOLDOWN.format("0 s"),
    ),
    (
        "the last of several counts",
        {"cooldown": "5m"},
        [run(3 * MINUTE, runbook="purge"), run(50 * MINUTE)],
        "cooldown",
    ),
    (
        "the end is ahead of this clock",
        {"cooldown": "5m"},
        [run(MINUTE, 2 * MINUTE)],
        COOLDOWN.format("0 s"),
    ),
    ("there is no cooldown", {"cooldown": None}, [run(MINUTE)], None),
    # per target and hour
    (
        "three within an hour",
        {"per_target_and_hour": 3},
        THREE,
        "service:shop has had 3 remediations within an hour, and 3 are the most: "
        "INC-1 at 2026-11-24 11:30:00 UTC, INC-2 at 2026-11-24 11:40:00 UTC, "
        "INC-1 at 2026-11-24 11:51:00 UTC",
    ),
    ("four would be too many", {"per_target_and_hour": 4}, THREE, None),
    (
        "the first just within the hour",
        {"per_target_and_hour": 1},
        [run(HOUR - INSTANT)],
        "service:shop has had 1 remediations within an hour",
    ),
    ("the first an hour ago", {"per_target_and_hour": 1}, [run(HOUR)], None),
    (
        "the hour counts from the start of a run",
        {"per_target_and_hour": 1},
        [run(HOUR, 59 * MINUTE)],
        None,
    ),
    (
        "three elsewhere",
        {"per_target_and_hour": 3},
        [run(MINUTE * n, target=ELSEWHERE) for n in (10, 20, 30)],
        None,
    ),
    # per hour, everywhere
    (
        "two within an hour anywhere",
        {"per_hour": 2},
        [run(30 * MINUTE), run(20 * MINUTE, target=ELSEWHERE)],
        "2 remediations within an hour, and 2 are the most",
    ),
    (
        "those that are at work count too",
        {"per_hour": 1},
        [run(MINUTE, None, target=ELSEWHERE)],
        "1 remediations within an hour",
    ),
    (
        "one of two is an hour old",
        {"per_hour": 2},
        [run(HOUR, target=ELSEWHERE), run(HOUR - INSTANT, target=ELSEWHERE)],
        None,
    ),
    # successes that did not last
    ("three that did not last", {"flapping_limit": 3}, CHAIN, CHAIN_IN_WORDS),
    ("in any order", {"flapping_limit": 3}, CHAIN[::-1], CHAIN_IN_WORDS),
    ("four would be enough", {"flapping_limit": 4}, CHAIN, None),
    (
        "more than enough are all told",
        {"flapping_limit": 2},
        CHAIN,
        CHAIN_IN_WORDS,
    ),
    (
        "one in between did not help",
        {"flapping_limit": 3},
        [*CHAIN, run(20 * HOUR)],
        None,
    ),
    (
        "nobody knows of the last one",
        {"flapping_limit": 3},
        [*CHAIN, run(2 * HOUR, outcome=UNKNOWN)],
        None,
    ),
    (
        "the last one was stopped",
        {"flapping_limit": 3},
        [*CHAIN, run(2 * HOUR, outcome=STOPPED)],
        None,
    ),
    (
        "one in between was another runbook",
        {"flapping_limit": 3},
        [*CHAIN, run(20 * HOUR, runbook="purge")],
        CHAIN_IN_WORDS,
    ),
    (
        "one of them was another runbook",
        {"flapping_limit": 3},
        [*CHAIN[1:], helped(50 * HOUR, runbook="purge")],
        None,
    ),
    (
        "one of them was elsewhere",
        {"flapping_limit": 3},
        [*CHAIN[1:], helped(50 * HOUR, target=ELSEWHERE)],
        None,
    ),
    (
        "it ended as long ago as it should last",
        {"flapping_limit": 1},
        [helped(24 * HOUR + MINUTE)],
        "restart has helped 1 times in a row",
    ),
    (
        "the last one has lasted",
        {"flapping_limit": 1},
        [helped(24 * HOUR + MINUTE + INSTANT)],
        None,
    ),
    (
        "the one before had lasted",
        {"flapping_limit": 2},
        [helped(48 * HOUR + INSTANT, lasted=INSTANT), helped(24 * HOUR - INSTANT)],
        None,
    ),
    (
        "it lasts from its end to the start of the next",
        {"flapping_limit": 2},
        [helped(48 * HOUR, lasted=INSTANT), helped(24 * HOUR, lasted=HOUR)],
        "restart has helped 2 times in a row",
    ),
]


@pytest.mark.parametrize(
    ("says", "past", "why"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_what_holds_a_runbook_back(
    says: dict[str, Any], past: list[PastRun], why: str | None
) -> None:
    answer = asked(guards(**says), past)
    if why is None:
        assert answer is None
    else:
        assert answer
        assert answer.startswith(why)


def test_a_long_chain_names_the_latest_ten() -> None:
    chain = [helped(n * HOUR, f"INC-{n}") for n in range(1, 15)]
    answer = asked(guards(flapping_limit=3), chain)
    assert answer
    assert "restart has helped 14 times in a row" in answer
    assert answer.count("INC-") == 10
    assert answer.endswith("INC-2 at 2026-11-24 10:00:00 UTC, INC-1 at 2026-11-24 11:00:00 UTC")


def test_the_gravest_objection_is_the_one_that_is_told() -> None:
    """What a person must do about it comes first: wait, look at the chain, wait longer."""
    strict = Guards(
        max_concurrent=1,
        flapping_limit=1,
        cooldown="5m",
        per_target_and_hour=1,
        per_hour=1,
    )
    just_helped = helped(3 * MINUTE)
    at_work, at_work_elsewhere = run(MINUTE, None), run(MINUTE, None, target=ELSEWHERE)
    steps: list[tuple[Guards, list[PastRun], str]] = [
        (strict, [just_helped, at_work_elsewhere, at_work], "one remediation at a time"),
        (strict, [just_helped, at_work_elsewhere], "1 remediations run already"),
        (strict, [just_helped], "restart has helped 1 times"),
        (strict, [run(3 * MINUTE)], "cooldown: "),
        (strict, [run(10 * MINUTE)], "service:shop has had 1 remediations within an hour"),
        (strict, [run(10 * MINUTE, target=ELSEWHERE)], "1 remediations within an hour"),
    ]
    for policy, past, why in steps:
        answer = asked(policy, past)
        assert answer
        assert answer.startswith(why)


def test_what_the_policy_says_nothing_of_is_guarded_all_the_same() -> None:
    usual = Guards()
    assert asked(usual, []) is None
    assert asked(usual, [run(5 * MINUTE)])
    assert asked(usual, THREE)
    assert asked(usual, CHAIN)
    assert asked(usual, [run(2 * MINUTE, None, target=f"host:{n}") for n in range(5)])
    assert asked(usual, [run(9 * MINUTE, target=f"host:{n}") for n in range(30)])


@pytest.mark.parametrize("lasted", [MINUTE, 6 * HOUR])
@pytest.mark.parametrize("flapping_window", [10 * MINUTE, 24 * HOUR])
def test_a_whole_chain_is_remembered_however_long_its_runs_took(
    lasted: timedelta, flapping_window: timedelta
) -> None:
    strict = guards(flapping_limit=3, flapping_window=flapping_window)
    between = flapping_window + lasted
    chain = [helped(between * n, lasted=lasted) for n in (1, 2, 3)]
    assert asked(strict, chain)
    assert all(one.ended_at and NOW - one.ended_at < strict.remember for one in chain)


def test_what_is_remembered_lies_within_the_calendar() -> None:
    longest = Guards(flapping_limit=100, flapping_window=LONGEST_DURATION)
    assert (NOW - longest.remember).year > 1
    with pytest.raises(ValueError, match="less than or equal to 100"):
        Guards(flapping_limit=101)
