"""Any past whatsoever, against the guards as the page on the policy tells them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from standfast.decisions.guards import PastRun
from standfast.policy.guards import Guards
from tests.decisions.test_guards import (
    ELSEWHERE,
    FAILED,
    HERE,
    HOUR,
    INSTANT,
    MINUTE,
    NOW,
    STOPPED,
    SUCCEEDED,
    UNKNOWN,
    asked,
    run,
)

SPANS = st.sampled_from(
    [
        timedelta(),
        INSTANT,
        MINUTE,
        5 * MINUTE - INSTANT,
        5 * MINUTE,
        HOUR - INSTANT,
        HOUR,
        24 * HOUR,
        24 * HOUR + INSTANT,
    ]
) | st.timedeltas(timedelta(), timedelta(days=3))
RUNS = st.builds(
    run,
    SPANS,
    st.none() | SPANS,
    target=st.sampled_from([HERE, HERE, ELSEWHERE]),
    runbook=st.sampled_from(["restart", "restart", "purge"]),
    outcome=st.sampled_from([SUCCEEDED, SUCCEEDED, SUCCEEDED, FAILED, UNKNOWN, STOPPED]),
    incident=st.sampled_from(["INC-1", "INC-2"]),
).filter(lambda past: past.ended_at is None or past.ended_at <= NOW)
POLICIES = st.builds(
    Guards,
    per_target_and_hour=st.integers(1, 4),
    cooldown=st.none() | st.just(5 * MINUTE),
    max_concurrent=st.integers(1, 4),
    per_hour=st.integers(1, 6),
    flapping_limit=st.integers(1, 3),
    flapping_window=st.sampled_from([5 * MINUTE, 24 * HOUR]),
)


def broken_rules(guards: Guards, past: Sequence[PastRun]) -> set[str]:
    """The rules that another run of `restart` here and now would break, each by itself."""
    broken = set()
    mine = [one for one in past if one.target == HERE]
    if [one for one in mine if not one.ended_at]:
        broken.add("target")
    if len([one for one in past if not one.ended_at]) + 1 > guards.max_concurrent:
        broken.add("at once")
    if guards.cooldown and any(
        one.ended_at and one.ended_at + guards.cooldown > NOW for one in mine
    ):
        broken.add("cooldown")
    window = [one for one in past if one.started_at + HOUR > NOW]
    if len(window) + 1 > guards.per_hour:
        broken.add("per hour")
    if len([one for one in window if one.target == HERE]) + 1 > guards.per_target_and_hour:
        broken.add("target and hour")
    ours = sorted((one for one in mine if one.runbook == "restart"), key=lambda one: one.started_at)
    latest = ours[-guards.flapping_limit :]
    wanted_again = [*(one.started_at for one in latest[1:]), NOW]
    if len(latest) == guards.flapping_limit and all(
        one.outcome is SUCCEEDED and one.ended_at and again <= one.ended_at + guards.flapping_window
        for one, again in zip(latest, wanted_again, strict=True)
    ):
        broken.add("did not last")
    return broken


WHICH = {
    "one remediation at a time": "target",
    " run already, and at most ": "at once",
    "without lasting": "did not last",
    "cooldown": "cooldown",
    f"{HERE} has had": "target and hour",
    "remediations within an hour": "per hour",
}


@given(POLICIES, st.lists(RUNS, max_size=8, unique_by=lambda past: past.started_at))
def test_a_run_is_admitted_only_when_it_breaks_no_rule(guards: Guards, past: list[PastRun]) -> None:
    answer, broken = asked(guards, past), broken_rules(guards, past)
    event("held back" if broken else "admitted")
    assert (answer is None) == (not broken)
    if answer:
        told = next(rule for words, rule in WHICH.items() if words in answer)
        assert told == next(rule for rule in WHICH.values() if rule in broken), "the gravest"


@given(POLICIES, st.lists(RUNS, max_size=6, unique_by=lambda past: past.started_at), st.randoms())
def test_the_order_of_the_past_and_the_zone_of_the_clock_do_not_matter(
    guards: Guards, past: list[PastRun], chance: Any
) -> None:
    shuffled = list(past)
    chance.shuffle(shuffled)
    # Of several that are at work here any may be named.
    first, second = asked(guards, past), asked(guards, shuffled)
    assert (first and first[:20]) == (second and second[:20])
