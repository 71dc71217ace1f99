"""The measure of lists with many open incidents runs, and sees each list."""

from pathlib import Path

import pytest

from benchmarks.standing import figures


@pytest.mark.nightly
async def test_lists_are_measured_while_incidents_stand_open(tmp_path: Path) -> None:
    found = {each.what: each for each in await figures(20, tmp_path, times=2)}
    assert found["board: all"].p50_ms > 0
    assert "/api/incidents: a service that has none" in found
    assert found["standfast list"].p50_ms > 0
    with pytest.raises(ValueError, match="20 open incidents already"):
        await figures(19, tmp_path, times=2)
