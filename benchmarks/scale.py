"""How cost grows with the number of open incidents: slopes, and what a million would need.

    python -m benchmarks.scale [--to N] [--step N] [--samples N] [--looks N] [--json]

A real server, worker and API, each in processes of its own. Incidents are opened by the calls of
the command line, without waiting for one page before the next report. At 100 open, then at 500 to
2,000, then after each step, when all are paged: memory (VmRSS) of the processes, how many incidents
the workers have in memory, the size of the databases without their logs, how long it takes to
acknowledge and to resolve incidents of any age, and how long the board, a list and a search take.
Each step is told on the standard error as it ends. The slopes are least-squares lines through the
steps. To 100,000 takes an hour.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from rich.table import Table

from benchmarks.databases import bytes_in_use
from benchmarks.growth import Step, document, slowest_list
from benchmarks.human_path import People
from benchmarks.inbox import open_inbox
from benchmarks.looking import looks, onlooker
from benchmarks.opening import Opened, Opening, allowance
from benchmarks.output import result_console
from benchmarks.percentiles import percentiles
from benchmarks.processes import Standfast, Used, standfast
from benchmarks.usage import needs_linux
from benchmarks.worker_cache import MOST_PROCESSES, cached_incidents
from standfast.hosting.embedded_server import DATABASE
from standfast.hosting.hard_exit import hard_exit
from standfast.hosting.settings import variable
from standfast.policy_file.loading import load_policy
from standfast.records.store import RecordStore
from tests.ports import free_ports
from tests.stories.company import write_policy

FIRST = 100
"""The open incidents with which larger numbers are compared."""

_WHILE_CACHED = (500, 1_000, 1_500, 2_000)
_WARMING_UP = 20
_IDLE = 0.1
"""Of a core: workers and server that use less have nothing left to do."""

_SETTLED_WITHIN = 60.0


def marks(to: int, step: int) -> list[int]:
    """The numbers of open incidents at which all is measured.

    >>> marks(5_000, 2_500)
    [100, 500, 1000, 1500, 2000, 2500, 5000]
    """
    between = (FIRST, *_WHILE_CACHED, *range(step, to, step))
    return sorted({n for n in between if FIRST <= n < to} | {to})


class _Disk(NamedTuple):
    temporal: int
    records: int


class _Measuring:
    """One installation that fills up."""

    def __init__(
        self, running: Standfast, people: People, opening: Opening, ports: Sequence[int]
    ) -> None:
        self._running = running
        self._people = people
        self._opening = opening
        self._ports = ports
        self._untouched: list[str] = []
        self._open = 0

    async def step(self, to: int, samples: int, times: int) -> Step:
        """Open more, until so many are; then look at everything."""
        used, disk = self._running.pids.used(), self._disk()
        opened = await self._opening.open(to - self._open)
        used = self._running.pids.used().since(used)
        self._open = to
        self._untouched += opened.ids
        await self._settled()
        resident, full = self._running.pids.resident(), self._disk()
        cached = await cached_incidents(self._ports)
        some = self._some(samples)
        acknowledge = await _latencies(self._people.acknowledge, some)
        resolve = await _latencies(self._people.resolve, some)
        async with onlooker(self._running) as http:
            looked = await looks(http, some[0], times)
        return Step(
            open=to,
            **_opening_figures(opened, used),
            cached=cached,
            worker_bytes=resident.worker,
            server_bytes=resident.server,
            api_bytes=resident.api,
            temporal_db_bytes=full.temporal,
            temporal_db_grew=full.temporal - disk.temporal,
            records_db_bytes=full.records,
            records_db_grew=full.records - disk.records,
            acknowledge=acknowledge,
            resolve=resolve,
            looks=looked,
        )

    def _disk(self) -> _Disk:
        data = self._running.settings.data_dir
        return _Disk(bytes_in_use(data / DATABASE), bytes_in_use(data / "records.db"))

    def _some(self, count: int) -> list[str]:
        """Evenly over their ages, and none of them twice."""
        every = max(1, len(self._untouched) // count)
        some = self._untouched[::every][:count]
        chosen = set(some)
        self._untouched = [each for each in self._untouched if each not in chosen]
        return some

    async def _settled(self) -> None:
        """Return when workers and server have nothing left to do, or after a while."""
        until = time.perf_counter() + _SETTLED_WITHIN
        while time.perf_counter() < until:
            before, began = self._running.pids.used(), time.perf_counter()
            await asyncio.sleep(1)
            used = self._running.pids.used().since(before)
            if used.worker + used.server < _IDLE * (time.perf_counter() - began):
                break


def _opening_figures(opened: Opened, used: Used) -> dict[str, Any]:
    count = len(opened.ids)
    return {
        "opened": count,
        "lost": len(opened.lost),
        "opened_per_second": round(count / opened.seconds, 2),
        "worker_cpu_ms": round(used.worker / count * 1000, 1),
        "server_cpu_ms": round(used.server / count * 1000, 1),
        "driver_cpu_ms": round(used.driver / count * 1000, 1),
    }


async def _latencies(
    action: Callable[[str], Awaitable[None]], incidents: Sequence[str]
) -> dict[str, float]:
    """One after the other, as on a quiet day."""
    took = []
    for each in incidents:
        began = time.perf_counter()
        await action(each)
        took.append(time.perf_counter() - began)
    return percentiles(took, 50, 99)


async def measure(
    to: int, step: int, samples: int, times: int, place: Path, seed: int = 0
) -> list[Step]:
    """Fill an installation with so many open incidents, and measure it on the way."""
    ahead = allowance()
    async with open_inbox(lambda _: ahead.release()) as inbox:
        policy = write_policy(place / "policy.yaml", inbox.address, place)
        port = free_ports(MOST_PROCESSES)
        metrics = {variable("metrics_port"): str(port)}
        async with standfast(place / "data", policy, variables=metrics) as running:
            with closing(RecordStore(running.settings.records_url)) as records:
                people = People(running, load_policy(policy), records)
                for _ in range(_WARMING_UP):
                    await ahead.acquire()
                    await people.whole_path(inbox)
                opening = Opening(people, inbox, ahead, seed)
                ports = range(port, port + MOST_PROCESSES)
                measuring = _Measuring(running, people, opening, ports)
                steps = []
                for mark in marks(to, step):
                    steps.append(await measuring.step(mark, samples, times))
                    _tell(steps[-1])
    return steps


def _tell(step: Step) -> None:
    resolve, board = step.resolve["p99_ms"], step.looks["board"]["p95_ms"]
    print(
        f"{step.open:,} open: {step.opened_per_second} a second, worker "
        f"{step.worker_bytes / 1e6:.0f} MB with {step.cached} in memory, temporal.db "
        f"{step.temporal_db_bytes / 1e6:.0f} MB, resolve p99 {resolve} ms, board p95 {board} ms",
        file=sys.stderr,
    )


def _table(found: dict[str, Any]) -> Table:
    table = Table(
        *("open", "opened/s", "in memory", "worker MB", "server MB", "temporal.db MB"),
        *("acknowledge p99", "resolve p50", "p99 ms", "board p95 ms", "slowest list p95 ms"),
    )
    for column in table.columns:
        column.justify = "right"
    for step in map(Step.model_validate, found["steps"]):
        table.add_row(
            f"{step.open:,}",
            f"{step.opened_per_second:.1f}",
            "–" if step.cached is None else f"{step.cached:,}",
            f"{step.worker_bytes / 1e6:.0f}",
            f"{step.server_bytes / 1e6:.0f}",
            f"{step.temporal_db_bytes / 1e6:.0f}",
            f"{step.acknowledge['p99_ms']:.0f}",
            f"{step.resolve['p50_ms']:.0f}",
            f"{step.resolve['p99_ms']:.0f}",
            f"{step.looks['board']['p95_ms']:.0f}",
            f"{slowest_list(step):.0f}",
        )
    return table


def main() -> NoReturn:
    """Print the table and the slopes, or with --json the document; exit 1 where a page is lost."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.scale",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--to", type=int, default=5_000, help="how many are open in the end")
    parser.add_argument("--step", type=int, default=2_500, help="how many more each time")
    parser.add_argument("--samples", type=int, default=100, help="actions at each step")
    parser.add_argument("--looks", type=int, default=20, help="of each kind at each step")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = parser.parse_args()
    if chosen.to < FIRST or min(chosen.step, chosen.samples, chosen.looks) < 1:
        parser.error(f"--to: at least {FIRST}; --step, --samples and --looks: at least 1")
    needs_linux()
    console = result_console()
    with tempfile.TemporaryDirectory() as place:
        measured = measure(chosen.to, chosen.step, chosen.samples, chosen.looks, Path(place))
        found = document(asyncio.run(measured))
    if chosen.json:
        console.file.write(json.dumps(found, indent=2) + "\n")
    else:
        console.print(_table(found))
        for section in ("slopes", "compared", "a_million"):
            console.print(section.replace("_", " "), found[section])
    console.file.flush()
    hard_exit(1 if found["lost"] else 0)


if __name__ == "__main__":
    main()
