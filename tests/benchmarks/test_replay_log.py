"""A whole log replayed: every known shape is exact, and what is not is found and explained."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.replay.log import read_log
from benchmarks.replay.policy import TEMPLATE
from benchmarks.replay.replay import Result, replay
from tests.benchmarks.replay.small_log import (
    ACTIVE,
    CLOSED,
    IMPOSSIBLE,
    INCIDENTS,
    NEW,
    RESOLVED,
    Change,
    log_of,
    text_of,
)
from tests.patience import PATIENCE

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
REAL_LOG = os.environ.get("STANDFAST_UCI_LOG", "")

needs_real_log = pytest.mark.skipif(
    not Path(REAL_LOG).is_file(),
    reason="needs the UCI incident log: set STANDFAST_UCI_LOG to its CSV file (or .csv.gz)",
)


def written(place: Path, incidents: dict[str, list[Change]]) -> Path:
    path = place / "log.csv"
    path.write_text(text_of(log_of(incidents)))
    return path


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "benchmarks.replay_log", *map(str, arguments)]


def run(argv: Sequence[str], cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv, cwd=cwd, capture_output=True, text=True, timeout=2 * PATIENCE, check=False
    )


def document(ran: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """What --json printed, which is all that is on standard output."""
    assert (ran.returncode, "Traceback" in ran.stderr) == (0, False), ran.stderr
    parsed: dict[str, Any] = json.loads(ran.stdout)
    return parsed


async def replayed(
    place: Path, incidents: dict[str, list[Change]], **changes: Any
) -> tuple[Result, list[int]]:
    """The result under the template with these sections changed, and the progress told."""
    template = yaml.safe_load(TEMPLATE.read_text())
    for section, change in changes.items():
        template[section] |= change
    (place / "template.yaml").write_text(yaml.safe_dump(template))
    told: list[int] = []
    log = read_log(written(place, incidents))
    result = await replay(
        log, lambda so_far: told.append(so_far.incidents), place / "template.yaml"
    )
    return result, told


@pytest.mark.nightly
def test_every_shape_of_the_log_is_exact_and_what_is_not_is_explained(tmp_path: Path) -> None:
    log = written(tmp_path, INCIDENTS | IMPOSSIBLE)
    found = document(run(command(log, "--json")))
    assert {mismatch["number"]: mismatch["field"] for mismatch in found["mismatches"]} == {
        "INC-other-matrix": "priority",
        "INC-miscounted": "reopen_count",
        "INC-other-states": "state",
    }
    assert all(mismatch["why"] for mismatch in found["mismatches"])
    assert found["incidents"] == len(INCIDENTS) + len(IMPOSSIBLE)
    assert found["exact"] == len(INCIDENTS)
    assert found["seconds"] > 0
    assert found["behind_seconds"] < PATIENCE


@pytest.mark.nightly
async def test_a_clock_that_runs_out_in_the_meantime_is_found(tmp_path: Path) -> None:
    changes: list[Change] = [
        ("1/3/2027 09:00", NEW),
        ("1/3/2027 12:00", ACTIVE),
        ("1/3/2027 12:10", RESOLVED),
    ]
    every = yaml.safe_load(TEMPLATE.read_text())["clocks"]["P1"]
    impatient = {name: every | {"acknowledge_within": "1h"} for name in ("P1", "P2", "P3")}
    result, told = await replayed(tmp_path, {"INC": changes}, clocks=impatient)
    (mismatch,) = result.mismatches
    assert (mismatch.field, mismatch.expected) == ("state", "no escalation")
    assert (result.exact, told) == (0, [1])


@pytest.mark.nightly
async def test_a_workflow_that_closes_too_early_is_found(tmp_path: Path) -> None:
    changes: list[Change] = [
        ("1/3/2027 09:00", RESOLVED),
        ("3/3/2027 09:00", RESOLVED, {"knowledge": "true"}),
        ("4/3/2027 09:00", ACTIVE, {"reopen_count": "1"}),
    ]
    hasty = {"confirm_within": "1d", "remind_every": "1d"}
    result, _ = await replayed(tmp_path, {"INC": changes}, verification=hasty)
    state, reopen_count = result.mismatches
    assert (state.field, state.expected, state.got) == ("state", "Resolved", "Closed")
    assert "comment: no incident INC-" in state.why
    assert (reopen_count.field, reopen_count.expected, reopen_count.got) == ("reopen_count", 1, 0)


@pytest.mark.nightly
async def test_a_workflow_that_does_not_close_is_found(tmp_path: Path) -> None:
    changes: list[Change] = [("1/3/2027 09:00", RESOLVED), ("6/3/2027 09:30", CLOSED)]
    patient = {"confirm_within": "30d", "remind_every": "30d"}
    result, _ = await replayed(tmp_path, {"INC": changes}, verification=patient)
    (mismatch,) = result.mismatches
    assert (mismatch.field, mismatch.expected, mismatch.got) == ("state", "Closed", "Resolved")


@pytest.mark.nightly
def test_it_runs_as_a_file_from_anywhere_and_prints_for_people(tmp_path: Path) -> None:
    log = written(tmp_path, IMPOSSIBLE)
    file = str(ROOT / "benchmarks" / "replay_log.py")
    ran = run([sys.executable, file, str(log), "--limit", "1"], cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "0 of 1 incidents exact (0.00%)" in ran.stdout
    assert "INC-other-matrix" in ran.stdout


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["no-such.csv"], 1, "no-such.csv cannot be read: No such file or directory"),
        (["pyproject.toml", "--json"], 1, "pyproject.toml is not an incident log"),
        ([], 2, "the following arguments are required: LOG"),
        (["log.csv", "--limit", "0"], 2, "must be at least 1"),
    ],
)
def test_what_cannot_be_replayed_is_said_in_words(
    arguments: list[str], code: int, complaint: str
) -> None:
    ran = run(command(*arguments))
    assert (ran.returncode, ran.stdout) == (code, "")
    assert complaint in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.nightly
def test_ctrl_c_ends_it_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    log = written(tmp_path, {f"INC-{number}": INCIDENTS["INC-usual"] for number in range(500)})
    with subprocess.Popen(
        command(log, "--json"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    ) as process:
        _wait_for_line(process)
        os.killpg(process.pid, signal.SIGINT)
        out, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in errors
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def _wait_for_line(process: "subprocess.Popen[str]") -> None:
    """Until it says how far it is; its server may say something first."""
    assert process.stderr is not None
    began, said = time.monotonic(), ""
    while "of 500 incidents" not in said:
        line = process.stderr.readline()
        assert line, f"it ended without a word of its progress: {said}"
        said += line
        assert time.monotonic() - began < PATIENCE, said


@needs_real_log
def test_the_first_incidents_of_the_real_log_are_exact() -> None:
    found = document(run(command(REAL_LOG, "--limit", 20, "--json")))
    assert found["mismatches"] == []
    assert (found["incidents"], found["exact"]) == (20, 20)
