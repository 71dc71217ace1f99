"""Which page of a storm goes out by itself, and how long another waits for its digest."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.decisions.storm import SHORTEST_HOLD, held_for
from standfast.incidents.assessment import Priority
from standfast.policy.storm import StormRules

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
RULES = StormRules(pages=5, within="5m", digest_every="2m")
NEVER = StormRules(pages=None)

CASES: list[tuple[str, StormRules, Priority, int, int | None, timedelta | None]] = [
    # what, rules, priority, pages before it, seconds since the oldest waits, held for
    ("the first", RULES, Priority.P3, 0, None, None),
    ("the last by itself", RULES, Priority.P3, 4, None, None),
    ("the first of a storm", RULES, Priority.P3, 5, None, timedelta(minutes=2)),
    ("the second, 30 s later", RULES, Priority.P3, 6, 30, timedelta(seconds=90)),
    ("when the digest is due", RULES, Priority.P3, 9, 120, SHORTEST_HOLD),
    ("when nobody came for it", RULES, Priority.P3, 9, 4_000, SHORTEST_HOLD),
    ("when it is over", RULES, Priority.P3, 2, 30, None),
    ("a P1", RULES, Priority.P1, 500, 30, None),
    ("a P2", RULES, Priority.P2, 500, None, timedelta(minutes=2)),
    ("where there is no storm", NEVER, Priority.P5, 500, 30, None),
]


@pytest.mark.parametrize(
    ("rules", "priority", "recent", "waits", "held"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_page_is_held_in_a_storm(
    rules: StormRules, priority: Priority, recent: int, waits: int | None, held: timedelta | None
) -> None:
    since = None if waits is None else NOW - timedelta(seconds=waits)
    assert held_for(rules, priority, recent=recent, waiting_since=since, now=NOW) == held


@given(
    priority=st.sampled_from(Priority),
    recent=st.integers(0, 50),
    waits=st.none() | st.timedeltas(timedelta(), timedelta(days=1)),
    pages=st.none() | st.integers(1, 20),
    every=st.timedeltas(timedelta(seconds=1), timedelta(hours=1)),
)
def test_p1_never_waits_and_no_page_longer_than_the_policy_says(
    priority: Priority,
    recent: int,
    waits: timedelta | None,
    pages: int | None,
    every: timedelta,
) -> None:
    rules = StormRules(pages=pages, digest_every=every)
    since = None if waits is None else NOW - waits
    held = held_for(rules, priority, recent=recent, waiting_since=since, now=NOW)
    if priority is Priority.P1 or pages is None or recent < pages:
        assert held is None
    else:
        assert held is not None
        assert SHORTEST_HOLD <= held <= every
        if waits is not None and waits < every - SHORTEST_HOLD:
            assert held + waits == every, "no page waits longer for having company"
