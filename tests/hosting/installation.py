"""Another installation of Standfast beside this one, whose workflow code differs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.commands.ended import Ended
from tests.hosting.worker_process import REPOSITORY
from tests.patience import PATIENCE

COMPATIBLE = ("        async with self.flow.cancellable():\n", "        # rewritten\n{}")
"""Other code that does the same, in the same order."""

INCOMPATIBLE = (COMPATIBLE[0], '        workflow.upsert_memo({{"changed": True}})\n{}')
"""Another command comes first: no history of before fits."""


def install(place: Path, change: tuple[str, str]) -> Path:
    """An installation at `place` with that change in the flow; the rest is shared with ours."""
    place.mkdir()
    for package in REPOSITORY.glob("*/__init__.py"):
        (place / package.parent.name).symlink_to(package.parent)
    (place / "workflows").unlink()
    shutil.copytree(REPOSITORY / "workflows", place / "workflows")
    for program in ("worker.py", "starter.py"):
        shutil.copy(REPOSITORY / program, place)  # Python looks beside the file that a link means
    line, changed = change
    flow = place / "workflows" / "incident.py"
    assert flow.read_text().count(line) == 1
    flow.write_text(flow.read_text().replace(line, changed.format(line)))
    return place


def type_at(place: Path, variables: Mapping[str, str], *arguments: str) -> Ended:
    """Type a command where that installation is."""
    ended = subprocess.run(
        [sys.executable, "starter.py", *arguments],
        cwd=place,
        env={"PATH": os.environ["PATH"], "COLUMNS": "200", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)
