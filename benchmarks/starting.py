"""How long a command takes, from its start to its end: nearly all of it is loading.

    python -m benchmarks.starting [--times N] [--json]

Each is a process of its own, run so many times one after the other; the figures are medians in
seconds. `show` and `report` are run against a server and a worker that run, and where nothing
listens, which ends when the connection is refused: until then it is their start alone. The CPU is
that of the command.
"""

import argparse
import asyncio
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from rich.console import Console
from rich.table import Table

from benchmarks.processes import REPOSITORY, standfast
from standfast.hosting.hard_exit import hard_exit
from tests.http_sink import HttpSink
from tests.stories.company import write_policy


class Figure(NamedTuple):
    """Seconds of one command, medians: of the wall, and of CPU."""

    wall: float
    cpu: float


class Failed(Exception):  # noqa: N818
    """A command did not end with the exit code that it should have; with what it said."""


def run(words: Sequence[str], variables: Mapping[str, str], code: int = 0) -> str:
    """Run one command; its standard output.

    Raises:
        Failed: it ended with another exit code.
    """
    done = subprocess.run(
        [sys.executable, "starter.py", *words],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != code:
        raise Failed(f"{' '.join(words)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def measure(
    times: int, words: Sequence[str], variables: Mapping[str, str], code: int = 0
) -> Figure:
    """The medians of a command, after one run that warms up the file system."""
    run(words, variables, code)
    wall, cpu = [], []
    for _ in range(times):
        used, began = _cpu_of_children(), time.perf_counter()
        run(words, variables, code)
        wall.append(time.perf_counter() - began)
        cpu.append(_cpu_of_children() - used)
    return Figure(round(statistics.median(wall), 3), round(statistics.median(cpu), 3))


def _cpu_of_children() -> float:
    """CPU seconds of the children that have ended: those that still run are not in it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def figures(times: int, place: Path) -> dict[str, Figure]:
    """Each command that is measured."""
    report = ("report", "--title", "Wiki crashed", "--service", "wiki")
    with HttpSink() as sink:
        policy = write_policy(place / "policy.yaml", sink.address, place)
        async with standfast(place / "data", policy):
            running = {"STANDFAST_DATA_DIR": str(place / "data"), "STANDFAST_POLICY": str(policy)}
            said = await asyncio.to_thread(run, (*report, "--json"), running)
            shown = ("show", json.loads(said)["incident_id"])
            return {
                "help": await asyncio.to_thread(measure, times, ("--help",), running),
                "show": await asyncio.to_thread(measure, times, shown, running),
                "report": await asyncio.to_thread(measure, times, report, running),
                **{
                    f"{words[0]}_until_server": await asyncio.to_thread(
                        measure, times, words, running | {"TEMPORAL_ADDRESS": _nowhere()}, 1
                    )
                    for words in (shown, report)
                },
            }


def _nowhere() -> str:
    """An address of this machine at which nothing listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{unused.getsockname()[1]}"


def as_document(found: Mapping[str, Figure]) -> dict[str, float]:
    """`help_s`, `show_s` and so on, each with `…_cpu_s` beside it."""
    return {
        **{f"{name}_s": figure.wall for name, figure in found.items()},
        **{f"{name}_cpu_s": figure.cpu for name, figure in found.items()},
    }


async def _measured(times: int) -> dict[str, Figure]:
    with tempfile.TemporaryDirectory() as place:
        return await figures(times, Path(place))


def main() -> NoReturn:
    """Print the table, or with --json one document."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.starting",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--times", type=int, default=10, help="how often each is run")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    found = asyncio.run(_measured(options.times))
    if options.json:
        print(json.dumps(as_document(found), indent=2))
    else:
        table = Table("command", "s", "CPU s")
        for name, figure in found.items():
            table.add_row(name, f"{figure.wall:.3f}", f"{figure.cpu:.3f}")
        Console().print(table)
    hard_exit(0)


if __name__ == "__main__":
    main()
