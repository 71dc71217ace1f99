"""The delivery benchmark measures what it says."""

from pathlib import Path

from benchmarks.delivery import measure


async def test_messages_at_once_share_transactions(tmp_path: Path) -> None:
    found = await measure(40, tmp_path)
    assert {*found} == {"1_at_once", "40_at_once"}
    assert found["1_at_once"]["transactions"] == 2
    assert found["40_at_once"]["transactions"] < 1
    assert all(figure > 0 for figures in found.values() for figure in figures.values())
