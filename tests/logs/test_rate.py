"""The error rate since the fix, against before and during the incident."""

from datetime import timedelta
from pathlib import Path

import pytest

from standfast.incidents.observation import Observation
from standfast.incidents.resolution import Verdict
from standfast.logs.windows import Incident, binomial_tail, poisson_tail
from tests.logs.files import BEGAN, FIXED, LONG_BEFORE, NOW, evenly, iso, search, write

DAY = BEGAN - timedelta(hours=20)
UNKNOWN = Observation(None, "")


def rate(
    directory: Path, before: int, during: int, since: int, incident: Incident | None = None
) -> Observation:
    """What is said of so many errors in the 20 hours before, the hour of it, and since."""
    lines = [
        *evenly(DAY, BEGAN - timedelta(minutes=15), before, "ERROR usual trouble {}"),
        *evenly(BEGAN, FIXED, during, "ERROR usual trouble {}"),
        *evenly(FIXED, NOW, since, "ERROR usual trouble {}"),
    ]
    lines = sorted([iso(DAY, "INFO begun"), *lines, iso(NOW, "INFO still here")])
    write(directory / "app.log", lines)
    seen = search(directory, "app.log", error="", incident=incident or Incident(BEGAN, FIXED, NOW))
    return seen.get("app.log (error rate)", seen["app.log"])


TABLE = [
    # (before, during, since the fix, what it says)
    (40, 300, 2, Verdict.RESOLVED),
    (0, 300, 0, Verdict.RESOLVED),
    (0, 30, 0, Verdict.RESOLVED),
    (40, 300, 300, Verdict.UNRESOLVED),
    (40, 2, 60, Verdict.UNRESOLVED),
    (0, 0, 60, Verdict.UNRESOLVED),
    (40, 300, 60, Verdict.PARTIALLY_RESOLVED),
    (40, 2, 2, None),
    (0, 0, 0, None),
    (0, 2, 0, None),
    (0, 0, 2, None),
    (2000, 200, 120, None),
]


@pytest.mark.parametrize(("before", "during", "since", "says"), TABLE)
def test_rates_are_compared(
    tmp_path: Path, before: int, during: int, since: int, says: Verdict | None
) -> None:
    assert rate(tmp_path, before, during, since).says is says


def test_it_says_what_was_compared(tmp_path: Path) -> None:
    assert rate(tmp_path, 40, 300, 60).detail == (
        "1.0 errors a minute since the fix, 40 errors in the 19 h 45 min before, "
        "5.0 errors a minute during the incident"
    )


def test_a_burst_is_not_many_errors(tmp_path: Path) -> None:
    burst = [iso(FIXED + timedelta(minutes=9, milliseconds=n), "ERROR lost") for n in range(40)]
    write(
        tmp_path / "app.log",
        [*evenly(DAY, FIXED, 100, "INFO well"), *burst, iso(NOW, "INFO well")],
    )
    assert "app.log (error rate)" not in search(tmp_path, "app.log", error="")


def test_what_came_shortly_before_it_was_noticed_is_no_baseline(tmp_path: Path) -> None:
    early = BEGAN - timedelta(minutes=14)
    calm = [iso(DAY, "INFO begun"), *evenly(DAY, early, 200, "INFO well")]
    lines = [*calm, *evenly(early, NOW, 900, "ERROR lost {}")]
    write(tmp_path / "app.log", lines)
    seen = search(tmp_path, "app.log", error="")
    assert "no error in the 19 h 45 min before" in seen["app.log (error rate)"].detail
    assert seen["app.log (error messages)"].says is Verdict.UNRESOLVED


def test_a_log_that_began_with_the_incident_cannot_be_compared(tmp_path: Path) -> None:
    write(tmp_path / "app.log", evenly(BEGAN, NOW, 600, "ERROR lost {}"))
    seen = search(tmp_path, "app.log", error="")
    assert list(seen) == ["app.log"]
    assert "only 0 s of it are known from before the incident" in seen["app.log"].detail


def test_right_after_the_fix_it_is_too_early(tmp_path: Path) -> None:
    just_now = Incident(BEGAN, NOW - timedelta(seconds=30), NOW)
    seen = rate(tmp_path, 40, 300, 0, just_now)
    assert seen.says is None
    assert "the fix is only 30 s old" in seen.detail


def test_a_silent_log_has_no_rate(tmp_path: Path) -> None:
    write(tmp_path / "app.log", evenly(LONG_BEFORE, FIXED, 600, "ERROR lost {}"), written=FIXED)
    (tmp_path / "app.log").touch()
    lines = evenly(LONG_BEFORE, FIXED - timedelta(minutes=1), 600, "ERROR lost {}")
    write(tmp_path / "app.log", lines, written=FIXED - timedelta(minutes=1))
    seen = search(tmp_path, "app.log", error="")
    assert seen == {"app.log": (None, "there is no error message to look for")}


@pytest.mark.parametrize(
    ("count", "total", "share", "chance"),
    [(0, 5, 0.3, 1.0), (5, 5, 0.5, 0.03125), (1, 1, 0.25, 0.25), (6, 10, 0.5, 0.376953125)],
)
def test_the_binomial_tail_is_exact(count: int, total: int, share: float, chance: float) -> None:
    assert binomial_tail(count, total, share) == pytest.approx(chance)


def test_the_binomial_tail_of_many_is_near_that_of_fewer() -> None:
    assert binomial_tail(1_100, 2_001, 0.5) == pytest.approx(binomial_tail(1_100, 2_000, 0.5), 0.2)
    assert binomial_tail(10_000, 10_000, 0.01) == 0
    assert binomial_tail(3, 5, 0) == 0
    assert binomial_tail(3, 5, 1) == 1


def test_the_poisson_tail_is_exact() -> None:
    assert poisson_tail(0, 3) == 1
    assert poisson_tail(1, 0) == 0
    assert poisson_tail(2, 1) == pytest.approx(0.2642411)
