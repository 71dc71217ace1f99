"""Incidents a second, side by side: ours, the tutorial's way on the same server, and DBOS.

    python -m benchmarks.throughput [--n N] [--at-once N] [--rounds N] [--dbos VENV URL] [--json]

The job: report, four decisions, page, acknowledge, resolve, ask the reporter, confirm, tell,
record. The rounds of the systems alternate, in turn forwards and backwards; each has run before the
first that counts. CPU is that of all processes of the workers; of the driver it is shown too, for a
driver that needs most of a core would be what is measured. DBOS is no dependency of this project:
VENV is a virtual environment with the packages dbos and httpx, URL that of a PostgreSQL database
for its system tables. Its driver runs in its one process, as the engine does.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from rich.table import Table
from temporalio.client import Client

from benchmarks.databases import bytes_in_use
from benchmarks.human_path import People
from benchmarks.inbox import Inbox, open_inbox
from benchmarks.output import result_console
from benchmarks.processes import REPOSITORY, Standfast, standfast
from benchmarks.tutorial import AT_WORK, TASK_QUEUE, Reported
from benchmarks.usage import cpu_seconds, needs_linux
from standfast.hosting.embedded_server import DATABASE
from standfast.hosting.hard_exit import hard_exit
from standfast.messages.message import Message
from standfast.policy_file.loading import load_policy
from standfast.records.store import RecordStore
from tests.stories.company import write_policy

OURS, TUTORIAL, DBOS = "standfast", "tutorial", "dbos"

_WARMING_UP = 20
_DBOS_WITHIN = 300.0
"""Seconds for one round."""

Job = Callable[[], Awaitable[None]]


class Dbos(NamedTuple):
    """Where DBOS is: a virtual environment, and the URL of its database."""

    venv: Path
    url: str


class Round(Message):
    """What one system did in one round.

    worker_cpu_ms, server_cpu_ms, driver_cpu_ms: for each incident; None where it cannot be told
    apart. driver_share: of one core. disk_kb: what the server's database grew by, for each.
    """

    system: str
    round: int
    per_second: float
    worker_cpu_ms: float | None = None
    server_cpu_ms: float | None = None
    driver_cpu_ms: float | None = None
    driver_share: float | None = None
    disk_kb: float | None = None


class _Temporal(NamedTuple):
    """What runs on the Temporal server, and the jobs for both systems on it."""

    running: Standfast
    database: Path
    tutorial_pid: int
    jobs: dict[str, Job]

    async def round(self, system: str, number: int, n: int, at_once: int) -> Round:
        """So many jobs of one system."""
        worker, used = self._worker_cpu(system), self.running.pids.used()
        disk, began = bytes_in_use(self.database), time.perf_counter()
        await _times(self.jobs[system], n, at_once)
        took = time.perf_counter() - began
        used = self.running.pids.used().since(used)
        return Round(
            system=system,
            round=number,
            per_second=round(n / took, 2),
            worker_cpu_ms=round((self._worker_cpu(system) - worker) / n * 1000, 1),
            server_cpu_ms=round(used.server / n * 1000, 1),
            driver_cpu_ms=round(used.driver / n * 1000, 1),
            driver_share=round(used.driver / took, 2),
            disk_kb=round((bytes_in_use(self.database) - disk) / n / 1000, 1),
        )

    def _worker_cpu(self, system: str) -> float:
        if system == TUTORIAL:
            return cpu_seconds(self.tutorial_pid)
        return self.running.pids.used().worker


async def _times(job: Job, n: int, at_once: int) -> None:
    free = asyncio.Semaphore(at_once)

    async def one() -> None:
        async with free:
            await job()

    await asyncio.gather(*(one() for _ in range(n)))


@asynccontextmanager
async def _tutorial_worker(address: str, place: Path) -> AsyncIterator[int]:
    """The tutorial's worker in a process of its own, until the block ends; its pid."""
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.tutorial", address, str(place / "tutorial.db")),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert worker.stdout is not None
        if (await worker.stdout.readline()).decode().strip() != AT_WORK:
            raise RuntimeError("the tutorial's worker did not start; what it said is above")
        yield worker.pid
    finally:
        worker.terminate()
        await worker.wait()


def _tutorial_job(client: Client, inbox: Inbox) -> Job:
    async def job() -> None:
        identity = f"job-{uuid.uuid4().hex}"
        handle = await client.start_workflow(
            "Tutorial",
            Reported(id=identity, url=inbox.url),
            id=identity,
            task_queue=TASK_QUEUE,
        )
        await inbox.wait(identity, 1)
        await handle.signal("acknowledge")
        await handle.signal("resolve")
        await inbox.wait(identity, 2)
        await handle.signal("confirm")
        await handle.result()

    return job


@asynccontextmanager
async def _on_temporal(place: Path) -> AsyncIterator[_Temporal]:
    async with open_inbox() as inbox:
        policy = write_policy(place / "policy.yaml", inbox.address, place)
        async with (
            standfast(place / "data", policy) as running,
            _tutorial_worker(running.client.service_client.config.target_host, place) as pid,
        ):
            # Its worker, as a tutorial has it, knows nothing of encryption.
            plain = await Client.connect(running.client.service_client.config.target_host)
            with closing(RecordStore(running.settings.records_url)) as records:
                people = People(running, load_policy(policy), records)
                jobs: dict[str, Job] = {
                    OURS: lambda: people.whole_path(inbox),
                    TUTORIAL: _tutorial_job(plain, inbox),
                }
                yield _Temporal(running, place / "data" / DATABASE, pid, jobs)


async def _dbos_round(dbos: Dbos, number: int, n: int, at_once: int) -> Round:
    process = await asyncio.create_subprocess_exec(
        *(str(dbos.venv / "bin" / "python"), "-m", "benchmarks.dbos_job", dbos.url),
        *(str(n), str(at_once), str(_WARMING_UP)),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, errors = await asyncio.wait_for(process.communicate(), _DBOS_WITHIN)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise RuntimeError(f"DBOS did not finish {n} jobs in {_DBOS_WITHIN:.0f} s") from None
    if process.returncode:
        raise RuntimeError(f"DBOS failed:\n{errors.decode(errors='replace')[-2000:]}")
    found = json.loads(out.decode().splitlines()[-1])
    return Round(
        system=DBOS,
        round=number,
        per_second=round(n / found["seconds"], 2),
        worker_cpu_ms=round(found["cpu_ms"], 1),
    )


async def measure(
    n: int, at_once: int, rounds: int, place: Path, dbos: Dbos | None = None
) -> list[Round]:
    """So many rounds of each system, with so many jobs in each."""
    found = []
    async with _on_temporal(place) as temporal:
        for job in temporal.jobs.values():
            await _times(job, min(_WARMING_UP, n), at_once)
        systems = [OURS, TUTORIAL, *([DBOS] if dbos else [])]
        for number in range(rounds):
            for system in systems if number % 2 == 0 else reversed(systems):
                if system == DBOS and dbos:
                    done = await _dbos_round(dbos, number, n, at_once)
                else:
                    done = await temporal.round(system, number, n, at_once)
                print(f"round {number}: {system} {done.per_second} a second", file=sys.stderr)
                found.append(done)
    return found


def document(rounds: Sequence[Round]) -> dict[str, Any]:
    """Every round; best and median of each system; ours against the others, by the medians."""
    of = {system: [one for one in rounds if one.system == system] for system in (OURS, TUTORIAL)}
    of |= {DBOS: dbos} if (dbos := [one for one in rounds if one.system == DBOS]) else {}
    systems: dict[str, dict[str, Any]] = {
        system: {
            "best_per_second": max(one.per_second for one in done),
            "median_per_second": round(statistics.median(one.per_second for one in done), 2),
            **{name: _median(done, name) for name in _FIGURES},
        }
        for system, done in of.items()
    }
    ours = systems[OURS]
    return {
        "rounds": [one.model_dump() for one in rounds],
        "systems": systems,
        "ratios": {
            system: {
                "best": round(ours["best_per_second"] / other["best_per_second"], 2),
                "median": round(ours["median_per_second"] / other["median_per_second"], 2),
            }
            for system, other in systems.items()
            if system != OURS
        },
    }


_FIGURES = ("worker_cpu_ms", "server_cpu_ms", "driver_cpu_ms", "driver_share", "disk_kb")


def _median(rounds: Sequence[Round], name: str) -> float | None:
    known = [figure for one in rounds if (figure := getattr(one, name)) is not None]
    return round(statistics.median(known), 2) if known else None


def _table(found: dict[str, Any]) -> Table:
    table = Table("", "a second: best", "median", "worker ms", "server ms", "driver ms", "kB")
    for system, row in found["systems"].items():
        figures = ("best_per_second", "median_per_second", *_FIGURES[:3], "disk_kb")
        table.add_row(
            system, *("–" if row[name] is None else f"{row[name]:.1f}" for name in figures)
        )
    for system, ratio in found["ratios"].items():
        table.add_row(f"ours / {system}", f"{ratio['best']:.2f}", f"{ratio['median']:.2f}")
    return table


def main() -> NoReturn:
    """Print the table, or with --json the document."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.throughput",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--n", type=int, default=200, help="incidents of each system in a round")
    parser.add_argument("--at-once", type=int, default=50, help="how many are open at once")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dbos", nargs=2, metavar=("VENV", "URL"), help="measure DBOS too")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = parser.parse_args()
    if min(chosen.n, chosen.at_once, chosen.rounds) < 1:
        parser.error("--n, --at-once and --rounds: at least 1")
    needs_linux()
    console = result_console()
    dbos = Dbos(Path(chosen.dbos[0]), chosen.dbos[1]) if chosen.dbos else None
    with tempfile.TemporaryDirectory() as place:
        rounds = asyncio.run(measure(chosen.n, chosen.at_once, chosen.rounds, Path(place), dbos))
    found = document(rounds)
    if chosen.json:
        console.file.write(json.dumps(found, indent=2) + "\n")
    else:
        console.print(_table(found))
    console.file.flush()
    hard_exit(0)


if __name__ == "__main__":
    main()
