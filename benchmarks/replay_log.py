"""A log of real incidents, replayed through the workflow on virtual time and compared with it.

    python -m benchmarks.replay_log LOG [--limit N] [--json]

LOG is a CSV file, packed by gzip or not, with the columns of the UCI repository's "Incident
management process enriched event log": a row for each change of an incident. Every change is sent
as an action at its recorded time, to real workers on a real server whose clocks are wound on; after
each the workflow is asked where it stands. An incident is exact when its state and its priority are
the log's at every event, and in the end so is the count of its reopenings; of every other one it is
told why. Exit code 0 whatever the share is, 1 when the log cannot be replayed.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

if __package__ in (None, ""):  # run as a file: python benchmarks/replay_log.py
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks.replay.log import read_log
from benchmarks.replay.replay import Result, replay
from standfast.commands.failures import exit_code_of
from standfast.hosting.hard_exit import hard_exit
from standfast.terminal.lines import print_note
from standfast.terminal.output import err, plain_text

_LINE_EVERY = 10.0
"""Seconds between two lines of progress where there is no terminal."""


@contextmanager
def _progress(incidents: int) -> Iterator[Callable[[Result], None]]:
    """Tells on standard error how far it is: a bar in a terminal, a line now and then elsewhere."""
    on = err()
    if not on.is_terminal:
        told_at = 0.0

        def tell(result: Result) -> None:
            nonlocal told_at
            if result.seconds - told_at >= _LINE_EVERY:
                told_at = result.seconds
                print_note(
                    f"{result.incidents:,} of {incidents:,} incidents, {result.exact:,} exact, "
                    f"{result.seconds:.0f} s"
                )

        yield tell
        return
    columns = BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}")
    with Progress(*columns, TimeElapsedColumn(), console=on, transient=True) as bar:
        task = bar.add_task("incidents", total=incidents)
        yield lambda result: bar.update(
            task, completed=result.incidents, description=f"incidents, {result.exact:,} exact"
        )


def _table(result: Result) -> Table:
    table = Table("incident", "what", "log", "workflow", "why")
    for mismatch in result.mismatches:
        cells = (mismatch.number, mismatch.field, mismatch.expected, mismatch.got, mismatch.why)
        table.add_row(*map(plain_text, cells))
    return table


def _tell(result: Result, out: Console) -> None:
    if result.mismatches:
        out.print(_table(result))
    sent = ", ".join(f"{times:,} {action}" for action, times in result.actions.most_common())
    out.print(f"{result.events:,} events: {sent}.", soft_wrap=True)
    out.print(
        f"{result.exact:,} of {result.incidents:,} incidents exact ({result.share:.2%}) in "
        f"{result.seconds:.0f} s; the latest action came {result.behind.total_seconds():.1f} s "
        "after its time.",
        soft_wrap=True,
    )


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def main() -> NoReturn:
    """Print what came of it, or with --json the document."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.replay_log",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("log", metavar="LOG", type=Path, help="the CSV file, or .csv.gz")
    parser.add_argument("--limit", type=_at_least_one, metavar="N", help="its first N incidents")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    # The server prints a banner on the standard output that it inherits; ours is for the result.
    out = Console(file=os.fdopen(os.dup(1), "w"), markup=False, emoji=False, highlight=False)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def run() -> None:
        incidents = read_log(options.log, options.limit)
        with _progress(len(incidents)) as progress:
            result = asyncio.run(replay(incidents, progress))
        if options.json:
            out.file.write(json.dumps(result.document(), indent=2) + "\n")
        else:
            _tell(result, out)
        out.file.flush()

    hard_exit(exit_code_of(run))


if __name__ == "__main__":
    main()
