"""`python -m benchmarks` runs what there is, and prints one table or one document."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import commands
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]


def test_sizes_reach_the_benchmarks_that_they_are_for() -> None:
    found = commands(100_000, 10_000, ("venv", "postgresql://here"))
    assert found["scale"] == [
        *("-m", "benchmarks.scale", "--to", "100000", "--step", "10000", "--json")
    ]
    assert "--distinct 10000 --every 100 --seconds 60" in " ".join(found["storm"])
    assert "--dbos venv postgresql://here" in " ".join(found["throughput"])


def test_a_small_storm_is_as_dense_as_the_whole_one() -> None:
    storm = commands(1_000, 200, quick=True)["storm"]
    assert "--distinct 200 --every 20 --seconds 1.2" in " ".join(storm)


@pytest.mark.nightly
def test_a_run_prints_the_goals_the_machine_and_what_was_measured(tmp_path: Path) -> None:
    saved = tmp_path / "run.json"
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--only", "cost", "--json", "--save", str(saved)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=True,
    )
    found = json.loads(ran.stdout)
    assert json.loads(saved.read_text()) == found
    assert found["failed"] == []
    assert found["commands"] == {"cost": "python -m benchmarks.cost --json"}
    assert "cores" in found["machine"]
    (human,) = [row for row in found["goals"] if row["what"].startswith("human path")]
    assert human["verdict"] in ("met", "not met")


def test_a_name_that_is_none_is_refused_with_those_that_are() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--only", "speed"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 2
    assert "--only: speed: the names are cost, " in ran.stderr
