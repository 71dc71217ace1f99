"""How much a source may send and a client may try, and when they may again."""

from hypothesis import example, given
from hypothesis import strategies as st

from standfast.time.rate_limiters import ClientRateLimiter, RateLimiter

SECOND = 1_000_000_000


class Clock:
    """A clock in nanoseconds, for tests that let seconds pass."""

    def __init__(self) -> None:
        self.now = 100 * SECOND

    def __call__(self) -> int:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)


def test_a_minute_takes_what_it_may_and_says_when_there_is_room_again() -> None:
    clock = Clock()
    limits = RateLimiter(clock)
    assert [limits.wait_for("prom", 30) for _ in range(31)] == [0] * 30 + [2]
    clock.passes(1.9)
    assert limits.wait_for("prom", 30) == 1
    clock.passes(0.1)
    assert limits.wait_for("prom", 30) == 0
    assert limits.wait_for("prom", 30) == 2
    clock.passes(3600)
    assert [limits.wait_for("prom", 30) for _ in range(31)][-2:] == [0, 2]


def test_one_source_takes_nothing_from_another() -> None:
    limits = RateLimiter(Clock())
    assert [limits.wait_for("a", 1), limits.wait_for("a", 1)] == [0, 60]
    assert limits.wait_for("b", 1) == 0


def test_what_costs_more_waits_for_more_and_pays_once() -> None:
    clock = Clock()
    limits = RateLimiter(clock)
    assert limits.wait_for("prom", 60, cost=40) == 0
    assert limits.wait_for("prom", 60) == 0
    assert limits.wait_for("prom", 60, cost=40, paid=1) == 20  # and the one is given back
    clock.passes(20)
    assert limits.wait_for("prom", 60) == 0
    assert limits.wait_for("prom", 60, cost=40, paid=1) == 0
    # More than a minute takes waits until all of it is there, and not for ever.
    assert limits.wait_for("prom", 60, cost=1_000) == 60
    clock.passes(60)
    assert limits.wait_for("prom", 60, cost=1_000) == 0


def test_an_edited_limit_holds_at_once() -> None:
    limits = RateLimiter(Clock())
    for _ in range(10):
        limits.wait_for("prom", 1000)
    assert [limits.wait_for("prom", 2) for _ in range(3)] == [0, 0, 30]


@given(
    st.lists(st.floats(min_value=0, max_value=90), max_size=80),
    st.integers(min_value=1, max_value=50),
)
@example(pauses=[1.6351258020187807, 0.0], most=1)
def test_whoever_waits_as_told_is_taken(pauses: list[float], most: int) -> None:
    clock = Clock()
    limits = RateLimiter(clock)
    taken = 0
    for pause in pauses:
        clock.passes(pause)
        wait = limits.wait_for("prom", most)
        if wait:
            clock.passes(wait)
            assert limits.wait_for("prom", most) == 0
        taken += 1
    assert taken <= most + (clock.now / SECOND - 100) * most / 60 + 1


def test_attempts_are_counted_within_a_span_and_apart() -> None:
    clock = Clock()
    attempts = ClientRateLimiter(3, 60, clock)
    for _ in range(3):
        assert attempts.wait("here") == 0
        attempts.count("here")
        clock.passes(10)
    assert attempts.wait("here") == 30
    assert attempts.wait("there") == 0
    clock.passes(28.6)
    assert attempts.wait("here") == 2
    clock.passes(1.4)
    assert attempts.wait("here") == 0
    attempts.count("here")
    assert attempts.wait("here") == 10


def test_only_so_many_clients_are_remembered() -> None:
    attempts = ClientRateLimiter(1, 60)
    for client in range(20_000):
        attempts.count(str(client))
    assert attempts.wait("19999") > 0
    assert attempts.wait("0") == 0
