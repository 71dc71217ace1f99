"""A worker killed at every point of a runbook with undo: the table of all points.

A first and a last step are of other kinds than the ones between; those are in `make nightly`.
"""

import json
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

pytestmark = pytest.mark.long

MINUTES = 8


@pytest.fixture(scope="module", params=[2, pytest.param(3, marks=pytest.mark.nightly)])
def steps(request: pytest.FixtureRequest) -> int:
    """How many the runbook has."""
    return int(request.param)


@pytest.fixture(scope="module")
def table(steps: int) -> list[dict[str, Any]]:
    """The rows of the benchmark, each from real processes that were really killed."""
    command = [sys.executable, "-m", "benchmarks.kill_points", "--json", "--steps", str(steps)]
    command += ["--twice", "2"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60 * MINUTES, check=False
    )
    assert done.stdout, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    for row in rows:
        print(f"{row['point']}: {row['effects']} {row['undos']} {row['outcome']} {row['left']}")
    return rows


def test_every_effect_and_undo_is_there_exactly_once_or_it_is_said(
    table: list[dict[str, Any]],
) -> None:
    assert [row["point"] for row in table if not row["ok"]] == []


def test_with_checks_nothing_stays_unknown(table: list[dict[str, Any]]) -> None:
    checked = [row for row in table if ", checks: " in row["point"]]
    outcomes = Counter((row["point"].split(",")[0], row["outcome"]) for row in checked)

    assert outcomes.keys() == {("helps", "succeeded"), ("does not help", "failed")}


def test_every_point_is_there(table: list[dict[str, Any]], steps: int) -> None:
    points = {row["point"] for row in table}

    for step in range(1, steps + 1):
        for what in (f"step-{step}", f"undo-{step}"):
            for moment in (
                "intention: before it is written",
                "intention: after it is written",
                "before its effect",
                "after its effect",
                "end: before it is written",
                "end: after it is written",
            ):
                for checks in ("checks", "no checks"):
                    assert f"does not help, {checks}: {what}: {moment}" in points
