"""The measure of reading runs, and its order is the one that the decision rests on."""

from pathlib import Path

import pytest

from benchmarks.reading import figures


@pytest.mark.nightly
async def test_a_projection_is_cheaper_to_read_than_a_long_history(tmp_path: Path) -> None:
    found = {each.what: each for each in await figures(incidents=3, comments=30, place=tmp_path)}
    [by_projection] = [found[what] for what in found if what == "long: read by its projection"]
    [by_replay] = [found[what] for what in found if what.startswith("long: read by replaying")]
    assert by_projection.cpu_ms < by_replay.cpu_ms
    assert "board of 3: each further look" in found
