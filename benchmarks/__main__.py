"""Every goal of speed, scale and safety measured, and whether it is met: what `make bench` runs.

    python -m benchmarks [--open N] [--storm N] [--dbos VENV URL] [--quick] [--only NAME]...
                         [--json | --markdown] [--save FILE]

Each benchmark runs in a process of its own, one after the other; what it says of its progress goes
to the standard error. Run it on a machine that has nothing else to do: three quarters of an hour
with the defaults. The goals of scale are for 100,000 open incidents: `--open 100000` takes an hour
more, and the table says where fewer were measured. Exit code 1 where a benchmark failed, or lost
something.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.goals import WHOLE_STORM, Row, rows
from benchmarks.machine import machine
from benchmarks.processes import REPOSITORY
from benchmarks.usage import needs_linux

_OPEN, _QUICK_OPEN = 5_000, 1_000
_QUICK_STORM = 200
_STORM_LASTS = 60.0
"""Seconds over which the alerts of the whole storm are spread."""

_POSTGRESQL = "STANDFAST_TEST_POSTGRESQL"
"""Where the cluster's records go; without it there is no cluster to measure."""


def commands(
    open_incidents: int, storm: int, dbos: Sequence[str] = (), *, quick: bool = False
) -> dict[str, list[str]]:
    """What is run, by the benchmark's name, in order; and only what there is.

    quick: a fifth of what is measured one by one.
    """
    step = max(500, min(10_000, open_incidents // 2))
    wanted: dict[str, list[str]] = {
        "cost": [],
        "starting": [],
        "latency": ["--reports", "40"] if quick else [],
        "throughput": [
            *(["--n", "60", "--rounds", "2"] if quick else []),
            *(["--dbos", *dbos] if dbos else []),
        ],
        "storm": [
            *("--distinct", str(storm), "--every", str(max(1, min(100, storm // 10)))),
            # As dense as the whole one, however small it is.
            *("--seconds", f"{_STORM_LASTS * storm / WHOLE_STORM:g}"),
            *(["--idle", "20"] if quick else []),
        ],
        "scale": [
            *("--to", str(open_incidents), "--step", str(step)),
            *(["--samples", "30"] if quick else []),
        ],
        "faults": ["--runs", "2" if quick else "10"],
    }
    wanted["hostile"] = ["--times", "1"] if quick else []
    if os.environ.get(_POSTGRESQL):
        wanted["cluster"] = []
    return {
        name: ["-m", f"benchmarks.{name}", *arguments, "--json"]
        for name, arguments in wanted.items()
        if importlib.util.find_spec(f"benchmarks.{name}")
    }


def run(command: Sequence[str]) -> tuple[Any, bool]:
    """What it printed, parsed, else None; and whether it found that all was as it should be."""
    done = subprocess.run(
        [sys.executable, *command], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=False
    )
    try:
        printed = json.loads(done.stdout)
    except ValueError:
        printed = None
    if done.returncode:
        print(f"python {' '.join(command)} ended with {done.returncode}", file=sys.stderr)
    return printed, done.returncode == 0 and printed is not None


def document(
    documents: Mapping[str, Any], commands: Mapping[str, Sequence[str]], failed: Sequence[str] = ()
) -> dict[str, Any]:
    """The table's rows, the machine, and all that the benchmarks printed."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "goals": [row._asdict() for row in rows(documents)],
        "commands": {name: " ".join(["python", *command]) for name, command in commands.items()},
        "failed": list(failed),
        "benchmarks": dict(documents),
    }


def _table(found: Mapping[str, Any]) -> Table:
    table = Table("what", "measured", "goal", "met?", caption=found["machine"])
    for row in found["goals"]:
        table.add_row(*(row[name] for name in Row._fields))
    return table


def _markdown(found: Mapping[str, Any]) -> str:
    """The table as the README shows it."""
    cells = [["what", "measured", "goal", "met?"], ["---"] * len(Row._fields)]
    cells += [[row[name] for name in Row._fields] for row in found["goals"]]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join(lines) + f"\n\n{found['at'][:10]}, on {found['machine']}.\n"


def main() -> int:
    """Print the table, or with --json the document; 1 where a benchmark failed."""
    parser = argparse.ArgumentParser(
        prog="benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--open", type=int, help="incidents for the scale; else 5,000")
    parser.add_argument("--storm", type=int, help="different alerts; else 10,000")
    parser.add_argument("--quick", action="store_true", help="a first look, in some minutes")
    parser.add_argument("--dbos", nargs=2, default=(), metavar=("VENV", "URL"))
    parser.add_argument("--only", action="append", metavar="NAME", help="may be given again")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print one JSON document")
    shape.add_argument("--markdown", action="store_true", help="print the table in Markdown")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the document there too")
    chosen = parser.parse_args()
    incidents = chosen.open or (_QUICK_OPEN if chosen.quick else _OPEN)
    storm = chosen.storm or (_QUICK_STORM if chosen.quick else WHOLE_STORM)
    if incidents < 100 or storm < 10:
        parser.error("--open: at least 100; --storm: at least 10")
    known = commands(incidents, storm, chosen.dbos, quick=chosen.quick)
    if unknown := set(chosen.only or ()) - set(known):
        parser.error(f"--only: {', '.join(sorted(unknown))}: the names are {', '.join(known)}")
    needs_linux()
    wanted = {name: known[name] for name in known if not chosen.only or name in chosen.only}
    documents, failed = {}, []
    for name, command in wanted.items():
        print(f"python {' '.join(command)}", file=sys.stderr, flush=True)
        documents[name], well = run(command)
        failed += [] if well else [name]
    found = document(documents, wanted, failed)
    text = json.dumps(found, indent=2) + "\n"
    if chosen.save:
        chosen.save.write_text(text)
    if chosen.json:
        print(text, end="")
    elif chosen.markdown:
        print(_markdown(found), end="")
    else:
        Console(markup=False).print(_table(found))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
