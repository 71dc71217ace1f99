"""The demo as a person runs it: a real process, its document, its exit code, what it leaves."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import starter
from standfast.incidents.flowchart import EDGES
from tests.hosting.processes import eventually, lives
from tests.patience import PATIENCE

pytestmark = pytest.mark.long

STARTER = Path(starter.__file__)
LONGEST = 120.0
"""Seconds: what a fresh machine is promised. It takes about thirty-five."""

ELSEWHERE = {
    "TEMPORAL_ADDRESS": "127.0.0.1:1",
    "STANDFAST_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    "STANDFAST_POLICY": "/nowhere/policy.yaml",
    "STANDFAST_TASK_QUEUE": "elsewhere",
}
"""Whatever a user has set for a Standfast of their own, the demo lives in a world of its own."""


class Demo:
    """One demo, with its temporary directory below `place`."""

    def __init__(self, place: Path, *options: str) -> None:
        self.place = place
        self.process = subprocess.Popen(
            [sys.executable, str(STARTER), "demo", *options],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(place),
                "TMPDIR": str(place),
                **ELSEWHERE,
            },
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def read_until(self, words: str) -> str:
        """What it prints up to a line with these words."""
        assert self.process.stdout
        said = ""
        for line in self.process.stdout:
            said += line
            if words in line:
                return said
        raise AssertionError(f"it never said {words!r}, but: {said}{self.errors()}")

    def errors(self) -> str:
        assert self.process.stderr
        return self.process.stderr.read()

    def left(self) -> list[str]:
        """Files that it has left behind."""
        return sorted(path.name for path in self.place.iterdir())

    def end(self) -> None:
        """End it, as far as it has not ended. Supervisors end what it started."""
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def demos() -> Iterator[list[Demo]]:
    """Demos to be ended when the test is over."""
    started: list[Demo] = []
    yield started
    for demo in started:
        demo.end()


def test_every_edge_is_walked_and_nothing_is_lost(tmp_path: Path, demos: list[Demo]) -> None:
    demo = Demo(tmp_path, "--json")
    demos.append(demo)
    out, errors = demo.process.communicate(timeout=PATIENCE)
    told: dict[str, Any] = json.loads(out)

    assert told["problems"] == []
    assert told["coverage"] == {"walked": len(EDGES), "of": len(EDGES), "percent": 100.0}
    assert [edge["edge"] for edge in told["edges"]] == list(map(str, EDGES))
    assert told["seconds"] < LONGEST
    assert (demo.process.returncode, errors) == (0, "")

    # The document proves its own coverage: each edge stands in the path of who walked it.
    paths = {walk["incident_id"]: walk["path"] for walk in told["incidents"]}
    assert len(paths) == len(told["incidents"])
    for edge in told["edges"]:
        start, end = edge["edge"].split("→")
        for incident in edge["incidents"]:
            path = paths[incident]
            assert (start, end) in pairwise(path)
    outcomes = [walk["outcome"] for walk in told["incidents"]]
    assert set(outcomes) == {"automated", "resolved", "withdrawn"}

    cut = told["power_cut"]
    assert cut["open_incidents"] >= 8
    assert cut["lost"] == []
    assert told["messages"]["count"] > len(paths)

    assert demo.left() == []
    assert not lives(cut["worker_pid"])
    assert not lives(cut["server_pid"])


def test_ctrl_c_in_the_middle_leaves_nothing(tmp_path: Path, demos: list[Demo]) -> None:
    demo = Demo(tmp_path)
    demos.append(demo)
    demo.read_until("acknowledges")
    (place,) = tmp_path.iterdir()
    server = json.loads((place / "data" / "server.json").read_text())
    # Twice, as the impatient do: the second must not break off what the first began.
    for _ in range(2):
        os.killpg(demo.process.pid, signal.SIGINT)
    _, errors = demo.process.communicate(timeout=PATIENCE)
    assert (demo.process.returncode, errors) == (130, "")
    assert demo.left() == []
    assert not lives(server["worker_pid"])
    assert not lives(server["server_pid"])


def test_worker_that_ends_ends_the_demo_with_its_last_words(
    tmp_path: Path, demos: list[Demo]
) -> None:
    demo = Demo(tmp_path)
    demos.append(demo)
    demo.read_until("acknowledges")
    (place,) = tmp_path.iterdir()
    server = json.loads((place / "data" / "server.json").read_text())
    os.kill(server["worker_pid"], signal.SIGTERM)
    _, errors = demo.process.communicate(timeout=PATIENCE)
    assert demo.process.returncode == 1
    (line,) = errors.splitlines()
    assert line.startswith("the demo's worker ended: ")
    assert demo.left() == []
    eventually(lambda: not lives(server["server_pid"]), "the end of the server")
