"""The results' file, a line a run, and what all of them come to."""

import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.faults.run import RunResult
from benchmarks.processes import REPOSITORY


def append(file: Path, result: RunResult) -> None:
    """Add a run's line, which is whole or not there."""
    with file.open("a") as lines:
        lines.write(result.model_dump_json() + "\n")


def read(files: Iterable[Path]) -> list[RunResult]:
    """The runs of these files, in their order. A file that is not there has none."""
    return [
        RunResult.model_validate_json(line)
        for file in files
        if file.exists()
        for line in file.read_text().splitlines()
        if line.strip()
    ]


def document(runs: Sequence[RunResult]) -> dict[str, Any]:
    """What --json prints."""
    return {
        "runs": len(runs),
        "lost": sum(len(run.lost) for run in runs),
        "doubled": sum(len(run.doubled) for run in runs),
        "stuck": sum(len(run.stuck) for run in runs),
        "longest_recovery_s": max(_recoveries(runs), default=0.0),
    }


def tables(runs: Sequence[RunResult]) -> tuple[Table, Table]:
    """The figures, and how often each kind of fault was tried."""
    figures = Table("figure", "value")
    figures.columns[1].justify = "right"
    found = document(runs)
    recoveries = sorted(_recoveries(runs))
    median = recoveries[len(recoveries) // 2] if recoveries else 0.0
    rows = {
        "runs": found["runs"],
        "reports taken": sum(run.reports for run in runs),
        "reports lost, or what belongs to them": found["lost"],
        "effects doubled": found["doubled"],
        "incidents stuck": found["stuck"],
        "longest recovery": f"{found['longest_recovery_s']:.1f} s",
        "median recovery": f"{median:.1f} s",
        "messages arrived": sum(run.messages for run in runs),
        "of them copies, which at least once allows": sum(run.copies for run in runs),
    }
    for name, value in rows.items():
        figures.add_row(name, f"{value:,}" if isinstance(value, int) else value)
    tried: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    longest: dict[str, float] = {}
    for run in runs:
        tried.update(run.tried)
        left_out.update(run.left_out)
        for kind, seconds in run.recoveries:
            longest[kind] = max(longest.get(kind, 0.0), seconds)
    faults = Table("kind of fault", "tried", "left out here", "longest recovery, when alone")
    for column in faults.columns[1:]:
        column.justify = "right"
    for kind in sorted(tried.keys() | left_out.keys()):
        slowest = f"{longest[kind]:.1f} s" if kind in longest else "–"
        faults.add_row(kind, str(tried[kind]), str(left_out[kind] or ""), slowest)
    return figures, faults


def commit() -> str:
    """The commit of the code, with a `+` where there are changes beside it."""
    asked = ["git", "describe", "--always", "--dirty=+"]
    told = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"


def _recoveries(runs: Iterable[RunResult]) -> list[float]:
    return [seconds for run in runs for _, seconds in run.recoveries]
