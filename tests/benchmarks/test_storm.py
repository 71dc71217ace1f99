"""The storm benchmark counts what the incidents heard, with the real processes."""

from pathlib import Path

import pytest

from benchmarks.distinct_storm import Plan, measure_distinct
from benchmarks.storm import measure


@pytest.mark.nightly
async def test_a_small_storm_is_counted_exactly(tmp_path: Path) -> None:
    figures = await measure(repeats=120, alerts=3, seconds=1.0, place=tmp_path)
    assert (figures.incidents, figures.exact, figures.sent) == (3, 3, 123)
    assert figures.occurrences == 123
    assert 3 <= figures.signals <= 40


@pytest.mark.nightly
async def test_every_alert_of_a_small_distinct_storm_pages_somebody(tmp_path: Path) -> None:
    plan = Plan(distinct=20, every=5, idle=2, seconds=0.5)
    figures = await measure_distinct(plan, tmp_path, priorities=True)
    assert (figures.alerts, figures.p1s, figures.incidents, figures.lost) == (20, 4, 20, 0)
    assert figures.pages >= 20
    assert figures.p1_idle["p99_ms"] > 0
    assert figures.ratio_p99 > 0
