"""A cluster: incidents a second by the number of workers, and what is lost when parts of it die.

    python -m benchmarks.cluster [--workers 1,2,4] [--n N] [--at-once N] [--deaths N]
                                 [--database URL] [--json]

Workers and APIs run on "machines" of their own, which are data directories, on one embedded
Temporal server (it stands in for a cluster of Temporal) and one PostgreSQL database. All of it
shares this machine's cores: what more workers bring is bounded by what the server leaves of them.

First the human path by as many workers as --workers says, one after the other. Then --deaths
incidents walk it through two APIs, while each kind of process is killed once by SIGKILL and
replaced: a worker, an API and the Temporal server; and all connections to PostgreSQL are cut.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from rich.table import Table

from benchmarks.deaths import Deaths, deaths
from benchmarks.human_path import People
from benchmarks.inbox import Inbox
from benchmarks.machines import Shared, empty_schema, open_machines
from benchmarks.output import result_console
from benchmarks.usage import cpu_seconds, needs_linux
from standfast.hosting.hard_exit import hard_exit
from standfast.messages.message import Message
from standfast.policy_file.loading import load_policy
from tests.hosting.worker_process import Process

DATABASE = "STANDFAST_TEST_POSTGRESQL"

_WARMING_UP = 10


class Run(Message):
    """What so many workers did.

    worker_cpu_ms, server_cpu_ms: for each incident, of all workers. cores_busy: by workers,
    server and driver together, of `cores`.
    """

    workers: int
    incidents: int
    per_second: float
    worker_cpu_ms: float
    server_cpu_ms: float
    cores_busy: float
    cores: int


async def throughput(
    counts: Sequence[int], n: int, at_once: int, place: Path, database: str
) -> list[Run]:
    """The human path n times for each of these numbers of workers, which must not fall."""
    found: list[Run] = []
    async with open_machines(place, database) as there:
        policy = load_policy(there.policy)
        people = People(there, policy, there.records)
        workers: list[Process] = []
        for count in counts:
            while len(workers) < count:
                workers.append(await there.cluster.worker(there.temporal))
            await _times(people, there.inbox, min(_WARMING_UP * count, n), at_once)
            before, began = _cpu(there, workers), time.perf_counter()
            driver = time.process_time()
            await _times(people, there.inbox, n, at_once)
            took = time.perf_counter() - began
            used = [now - then for now, then in zip(_cpu(there, workers), before, strict=True)]
            driver = time.process_time() - driver
            found.append(
                Run(
                    workers=count,
                    incidents=n,
                    per_second=round(n / took, 2),
                    worker_cpu_ms=round(used[0] / n * 1000, 1),
                    server_cpu_ms=round(used[1] / n * 1000, 1),
                    cores_busy=round((sum(used) + driver) / took, 2),
                    cores=os.cpu_count() or 1,
                )
            )
            print(f"{count} workers: {found[-1].per_second} a second", file=sys.stderr)
    return found


def _cpu(there: Shared, workers: Sequence[Process]) -> tuple[float, float]:
    """CPU seconds so far of the workers and of the server."""
    of_workers = sum(cpu_seconds(worker.pid) for worker in workers)
    return of_workers, cpu_seconds(there.server_pid)


async def _times(people: People, inbox: Inbox, n: int, at_once: int) -> None:
    free = asyncio.Semaphore(at_once)

    async def one() -> None:
        async with free:
            await people.whole_path(inbox)

    await asyncio.gather(*(one() for _ in range(n)))


def main() -> NoReturn:
    """Print the tables, or with --json the document; exit 1 where something was lost."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.cluster",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--workers", default="1,2,4", help="numbers of workers, rising")
    parser.add_argument("--n", type=int, default=150, help="incidents for each number of workers")
    parser.add_argument("--at-once", type=int, default=50, help="how many are open at once")
    parser.add_argument("--deaths", type=int, default=100, help="incidents on the way; 0: none")
    parser.add_argument("--database", default=os.environ.get(DATABASE), help=f"else {DATABASE}")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = parser.parse_args()
    try:
        counts = [int(each) for each in chosen.workers.split(",")]
    except ValueError:
        counts = []
    if not counts or counts != sorted(counts) or counts[0] < 1:
        parser.error("--workers: numbers from 1, rising, such as 1,2,4")
    if min(chosen.n, chosen.at_once) < 1 or chosen.deaths < 0:
        parser.error("--n and --at-once: at least 1; --deaths: at least 0")
    if not chosen.database:
        parser.error(f"--database or {DATABASE}: the URL of a PostgreSQL database")
    needs_linux()
    console = result_console()
    with tempfile.TemporaryDirectory() as place:
        at_once, died = chosen.at_once, None
        with empty_schema(chosen.database) as url:
            runs = asyncio.run(throughput(counts, chosen.n, at_once, _made(place, "runs"), url))
        if chosen.deaths:
            with empty_schema(chosen.database) as url:
                died = asyncio.run(deaths(chosen.deaths, at_once, _made(place, "deaths"), url))
    found: dict[str, Any] = {
        "runs": [run.model_dump() for run in runs],
        "deaths": died and died.model_dump(),
    }
    if chosen.json:
        console.file.write(json.dumps(found, indent=2) + "\n")
    else:
        for table in _tables(runs, died):
            console.print(table)
        console.print(
            f"Workers, server and callers share the {os.cpu_count()} cores of this machine."
        )
    console.file.flush()
    hard_exit(0 if died is None or died.whole else 1)


def _made(place: str, name: str) -> Path:
    made = Path(place) / name
    made.mkdir()
    return made


def _tables(runs: Sequence[Run], died: Deaths | None) -> list[Table]:
    by_workers = Table("workers", "incidents a second", "worker ms", "server ms", "cores busy")
    for run in runs:
        by_workers.add_row(
            str(run.workers),
            f"{run.per_second:.1f}",
            f"{run.worker_cpu_ms:.0f}",
            f"{run.server_cpu_ms:.0f}",
            f"{run.cores_busy:.1f} of {run.cores}",
        )
    if died is None:
        return [by_workers]
    table = Table("while parts die", "figure")
    for name, figure in died.model_dump().items():
        words = ", ".join(figure) if isinstance(figure, list) else str(figure)
        table.add_row(name.replace("_", " "), words)
    return [by_workers, table]


if __name__ == "__main__":
    main()
