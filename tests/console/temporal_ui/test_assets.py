"""The program that has the UI's files: it runs while it is needed, and nothing of it stays."""

import asyncio
import os
import tempfile
from pathlib import Path

import pytest

from standfast.console.temporal_ui.assets import INDEX, TemporalAssets
from standfast.hosting.errors import ServerFailed
from tests.stories.desk import until


def running(place: Path) -> set[str]:
    """The process ids of such programs that work below that directory."""
    ours = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(process / "cwd").startswith(str(place)):
                ours.add(process.name)
        except OSError:
            continue  # it has just ended, or is not ours
    return ours


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")
async def test_it_ends_when_nothing_more_is_asked_and_starts_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with TemporalAssets(idle=0.1) as assets:
        pages = await asyncio.gather(*(assets.get(INDEX) for _ in range(5)))
        assert {page.status for page in pages} == {200}

        async def gone() -> bool:
            return not running(tmp_path)

        await until("the program has ended", gone)
        assert (await assets.get(INDEX)).status == 200  # it is kept
        assert not running(tmp_path)
        missing = await assets.get("_app/none.js")
        assert missing.status == 404
    assert not running(tmp_path)


async def test_a_missing_program_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("standfast.console.temporal_ui.assets.temporal_program", _missing)
    async with TemporalAssets() as assets:
        with pytest.raises(ServerFailed, match="install it"):
            await assets.get(INDEX)


def _missing() -> str:
    raise ServerFailed("there is no Temporal server beside python: install it")
