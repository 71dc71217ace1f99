"""How much a source may send, and when it may send again."""

from hypothesis import given
from hypothesis import strategies as st

from standfast.api.limits import Limits


class Clock:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_minute_takes_what_it_may_and_says_when_there_is_room_again() -> None:
    clock = Clock()
    limits = Limits(clock)
    assert [limits.wait_for("prom", 30) for _ in range(31)] == [0] * 30 + [2]
    clock.now += 1.9
    assert limits.wait_for("prom", 30) == 1
    clock.now += 0.1
    assert limits.wait_for("prom", 30) == 0
    assert limits.wait_for("prom", 30) == 2
    clock.now += 3600
    assert [limits.wait_for("prom", 30) for _ in range(31)][-2:] == [0, 2]


def test_one_source_takes_nothing_from_another() -> None:
    limits = Limits(Clock())
    assert [limits.wait_for("a", 1), limits.wait_for("a", 1)] == [0, 60]
    assert limits.wait_for("b", 1) == 0


def test_without_a_limit_everything_is_taken() -> None:
    limits = Limits(Clock())
    assert {limits.wait_for("prom", None) for _ in range(1000)} == {0}


def test_an_edited_limit_holds_at_once() -> None:
    limits = Limits(Clock())
    for _ in range(10):
        limits.wait_for("prom", 1000)
    assert [limits.wait_for("prom", 2) for _ in range(3)] == [0, 0, 30]


@given(
    st.lists(st.floats(min_value=0, max_value=90), max_size=80),
    st.integers(min_value=1, max_value=50),
)
def test_whoever_waits_as_told_is_taken(pauses: list[float], most: int) -> None:
    clock = Clock()
    limits = Limits(clock)
    taken = 0
    for pause in pauses:
        clock.now += pause
        wait = limits.wait_for("prom", most)
        if wait:
            clock.now += wait
            assert limits.wait_for("prom", most) == 0
        taken += 1
    assert taken <= most + (clock.now - 100) * most / 60 + 1
