"""A process of ours: what it prints, and what a person reads when it cannot be started."""

from datetime import timedelta
from pathlib import Path

import pytest

from standfast.hosting.child_process import start_child
from standfast.hosting.errors import HostingError

GRACE = timedelta(seconds=5)


async def test_after_a_line_that_is_too_long_its_output_goes_on() -> None:
    program = "print('before'); print('x' * 1_000_000); print('after')"
    child = await start_child("printer", ["-c", program], GRACE)
    lines: list[str] = []
    await child.forward_output(lines.append)
    assert await child.ended == 0
    assert (lines[0], lines[-1]) == ("before", "after")
    assert max(map(len, lines)) < 100_000


async def test_from_a_directory_that_is_gone_none_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(HostingError) as failed:
        await start_child("printer", ["-c", "print()"], GRACE)
    assert str(failed.value) == (
        "cannot start the printer: the working directory is gone; start again in one that exists"
    )
