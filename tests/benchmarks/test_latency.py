"""The latency benchmark measures what it says, with the real processes."""

from pathlib import Path

import pytest

from benchmarks.latency import figures, measure
from tests.patience import PATIENCE

pytestmark = pytest.mark.long


def test_percentiles_are_of_the_times_in_milliseconds() -> None:
    assert figures([n / 1000 for n in range(101)]) == {"p50_ms": 50.0, "p99_ms": 99.0}
    assert figures([0.2, 0.2]) == {"p50_ms": 200.0, "p99_ms": 200.0}


async def test_every_report_and_every_bare_workflow_is_measured(tmp_path: Path) -> None:
    measured = await measure(3, tmp_path)
    assert {name: len(times) for name, times in measured.items()} == {
        "report_to_page": 3,
        "bare_workflow": 3,
    }
    assert all(0.001 < seconds < PATIENCE for times in measured.values() for seconds in times)
