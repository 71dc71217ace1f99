"""The latency benchmark measures what it says, with the real processes."""

from pathlib import Path

import pytest

from benchmarks.latency import measure
from tests.patience import PATIENCE

pytestmark = pytest.mark.long


@pytest.mark.nightly
async def test_every_report_and_every_bare_workflow_is_measured(tmp_path: Path) -> None:
    measured = await measure(3, tmp_path)
    assert {name: len(times) for name, times in measured.items()} == {
        "report_to_page": 3,
        "bare_workflow": 3,
    }
    assert all(0.001 < seconds < PATIENCE for times in measured.values() for seconds in times)
