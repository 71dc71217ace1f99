"""The benchmark of scale measures at each mark, with the real processes, and loses nothing."""

from pathlib import Path

import pytest

from benchmarks.growth import document
from benchmarks.looking import LOOKS
from benchmarks.scale import marks, measure

pytestmark = pytest.mark.long


def test_the_first_mark_is_the_one_that_others_are_compared_with() -> None:
    assert marks(20_000, 10_000) == [100, 500, 1_000, 1_500, 2_000, 10_000, 20_000]
    assert marks(600, 50) == [100, 150, 200, 250, 300, 350, 400, 450, 500, 550, 600]
    assert marks(100, 1_000) == [100]


@pytest.mark.nightly
async def test_everything_is_measured_at_each_mark(tmp_path: Path) -> None:
    steps = await measure(to=110, step=110, samples=3, times=1, place=tmp_path)
    assert [(step.open, step.opened, step.lost) for step in steps] == [(100, 100, 0), (110, 10, 0)]
    for step in steps:
        assert step.looks.keys() == LOOKS.keys()
        assert step.cached is not None
        assert step.cached >= step.open  # the last of the warming up may still be there
        assert step.worker_bytes > 50_000_000
        assert step.temporal_db_grew > 1_000 * step.opened
        assert step.resolve["p99_ms"] >= step.resolve["p50_ms"] > 0
    found = document(steps)
    assert found["slopes"]["temporal_db_kb"] > 1
    assert found["compared"]["open"] == [100, 110]
