"""Does an incident ever get stuck, whatever is done to workers while people look and act?

    python -m benchmarks.stuck [--json] [--n N] [--scenario NAME]... [--seed S]

Each scenario has an installation of its own: the embedded server, real workers, real queries, and
clocks of seconds. Stuck is an incident whose history does not replay with the code at hand, which
leaves a comment unanswered, or whose workflow task fails again and again. All eight take some ten
minutes. Exit code 1 when an incident is stuck.
"""

import argparse
import asyncio
import json
import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple, NoReturn

from rich.console import Console
from rich.table import Table

from benchmarks.stuck.installation import installed
from benchmarks.stuck.people import ANSWERED
from benchmarks.stuck.scenarios import SCENARIOS
from benchmarks.stuck.verdict import stuck_ones
from standfast.hosting.hard_exit import hard_exit

MANY = 40
"""Incidents of each scenario, unless another number is asked for."""


class Figures(NamedTuple):
    """What came of a scenario.

    n: incidents. stuck: how many of them are. why: their reasons, counted. looks: how many were
    answered; None where nobody looks.
    """

    n: int
    stuck: int
    why: Counter[str]
    looks: int | None
    seconds: float


async def measure(scenario: str, n: int, place: Path) -> Figures:
    """Do one scenario to so many incidents.

    Raises:
        RuntimeError: no look was answered, so that nothing is shown.
    """
    began = time.monotonic()
    async with installed(place) as installation:
        incidents, looks = await SCENARIOS[scenario](installation, n)
        if looks is not None and not looks[ANSWERED]:
            raise RuntimeError(f"{scenario}: nobody was answered who looked: {dict(looks)}")
        stuck = await stuck_ones(installation, incidents)
    return Figures(
        n=len(incidents),
        stuck=len(stuck),
        why=Counter(stuck.values()),
        looks=None if looks is None else looks[ANSWERED],
        seconds=time.monotonic() - began,
    )


def _measure_all(scenarios: list[str], n: int) -> dict[str, Figures]:
    found = {}
    for scenario in scenarios:
        with tempfile.TemporaryDirectory() as place:
            found[scenario] = asyncio.run(measure(scenario, n, Path(place)))
        for why, times in found[scenario].why.most_common():
            print(f"{scenario}: {times} x {why}", file=sys.stderr)
    return found


def _table(found: dict[str, Figures]) -> Table:
    table = Table("scenario", "incidents", "stuck", "looks answered", "seconds")
    for column in table.columns[1:]:
        column.justify = "right"
    for scenario, row in found.items():
        looks = "–" if row.looks is None else f"{row.looks:,}"
        table.add_row(scenario, str(row.n), str(row.stuck), looks, f"{row.seconds:.0f}")
    return table


def main() -> NoReturn:
    """Print the table, or with --json the document; exit 1 where an incident is stuck."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.stuck",
        description=__doc__,
        epilog="Scenarios: "
        + " ".join(f"{name}: {(done.__doc__ or '').splitlines()[0]}" for name, done in _NAMED),
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--n", type=int, default=MANY, help="incidents of each scenario")
    parser.add_argument(
        "--scenario",
        action="append",
        choices=list(SCENARIOS),
        help="only this one; may be given again",
    )
    parser.add_argument("--seed", type=int, default=0, help="draws the pauses")
    chosen = parser.parse_args()
    if chosen.n < 1:
        parser.error("--n: at least 1")
    random.seed(chosen.seed)
    # A stuck incident tells of it at each of its tries, with a traceback; the verdict counts them.
    logging.getLogger("temporalio").setLevel(logging.CRITICAL)
    # The SDK's core writes its errors to the standard output, and a stuck incident is one to it.
    console = Console(file=os.fdopen(os.dup(1), "w"))
    os.dup2(2, 1)
    found = _measure_all(chosen.scenario or list(SCENARIOS), chosen.n)
    if chosen.json:
        rows = {scenario: {"n": row.n, "stuck": row.stuck} for scenario, row in found.items()}
        console.file.write(json.dumps(rows, indent=2) + "\n")
    else:
        console.print(_table(found))
    console.file.flush()
    hard_exit(1 if any(row.stuck for row in found.values()) else 0)


_NAMED = SCENARIOS.items()

if __name__ == "__main__":
    main()
