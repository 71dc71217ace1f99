"""How long after a report through the API the page goes out, beside a bare workflow.

    python -m benchmarks.latency [--reports N] [--json]

A real server, worker and API, each in a process of its own, and otherwise idle. Measured is from
the call until the page is in the inbox. The bare workflow has one activity and nothing else; it
is started on the same server, in turn with the reports, and measured in the same way, from the
start until its activity's request is in the inbox.
"""

import argparse
import asyncio
import json
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

import httpx
from rich.table import Table
from temporalio.client import Client
from temporalio.worker import Worker

from benchmarks.bare import Bare, touch
from benchmarks.inbox import Inbox, open_inbox
from benchmarks.output import result_console
from benchmarks.percentiles import percentiles
from benchmarks.processes import standfast
from standfast.hosting.hard_exit import hard_exit
from tests.stories.company import write_policy

_WARMING_UP = 5
"""Reports before the first one that counts: imports, connections, caches."""


async def _until_it_arrives(inbox: Inbox, send: Callable[[], Awaitable[str]]) -> float:
    """Seconds from the call until a message about what it returns is in the inbox."""
    started = time.perf_counter()
    identity = await send()
    await inbox.wait(identity)
    return inbox.first[identity] - started


@asynccontextmanager
async def _bare_worker(client: Client) -> AsyncIterator[None]:
    async with Worker(client, task_queue="bare", workflows=[Bare], activities=[touch]):
        yield


async def measure(reports: int, place: Path) -> dict[str, list[float]]:
    """Seconds of each report and of each bare workflow, one after the other, in turn."""
    async with open_inbox() as inbox:
        policy = write_policy(place / "policy.yaml", inbox.address, place)
        async with (
            standfast(place / "data", policy) as running,
            _bare_worker(running.client),
            httpx.AsyncClient(base_url=running.api, headers=running.headers) as http,
        ):

            async def report() -> str:
                title = f"Wiki crashed {uuid.uuid4()}"
                given = {"title": title, "service": "wiki", "reporter": "bench"}
                answer = await http.post("/api/incidents", json=given)
                answer.raise_for_status()
                return str(answer.json()["incident_id"])

            async def bare() -> str:
                identity = f"job-{uuid.uuid4().hex}"
                await running.client.start_workflow(
                    Bare.run, inbox.url, id=identity, task_queue="bare"
                )
                return identity

            measured: dict[str, list[float]] = {"report_to_page": [], "bare_workflow": []}
            for number in range(-_WARMING_UP, reports):
                reported = await _until_it_arrives(inbox, report)
                started = await _until_it_arrives(inbox, bare)
                if number >= 0:
                    measured["report_to_page"].append(reported)
                    measured["bare_workflow"].append(started)
            return measured


def main() -> NoReturn:
    """Print the table, or with --json the document."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.latency",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--reports", type=int, default=200, help="how many of each are measured")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = parser.parse_args()
    if chosen.reports < 2:
        parser.error("--reports: at least 2 are needed for a percentile")
    console = result_console()
    with tempfile.TemporaryDirectory() as place:
        measured = asyncio.run(measure(chosen.reports, Path(place)))
    found = {name: percentiles(seconds, 50, 99) for name, seconds in measured.items()}
    report, bare = found["report_to_page"], found["bare_workflow"]
    ratios = {
        "ratio_p50": round(report["p50_ms"] / bare["p50_ms"], 2),
        "ratio_p99": round(report["p99_ms"] / bare["p99_ms"], 2),
    }
    if chosen.json:
        console.file.write(json.dumps({**found, **ratios}, indent=2) + "\n")
    else:
        table = Table("", "p50", "p99")
        for name, row in found.items():
            table.add_row(name.replace("_", " "), f"{row['p50_ms']} ms", f"{row['p99_ms']} ms")
        table.add_row("ratio", str(ratios["ratio_p50"]), str(ratios["ratio_p99"]))
        console.print(table)
    console.file.flush()
    hard_exit(0)


if __name__ == "__main__":
    main()
