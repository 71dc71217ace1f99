"""The storm benchmark counts what the incidents heard, with the real processes."""

from pathlib import Path

from benchmarks.storm import measure


async def test_a_small_storm_is_counted_exactly(tmp_path: Path) -> None:
    figures = await measure(repeats=120, alerts=3, seconds=1.0, place=tmp_path)
    assert (figures.incidents, figures.exact, figures.sent) == (3, 3, 123)
    assert figures.occurrences == 123
    assert 3 <= figures.signals <= 40
