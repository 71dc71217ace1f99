"""How long after a report through the API the page goes out, beside a bare workflow.

    python -m benchmarks.latency [--reports N] [--json]

A real server, worker and API, each in a process of its own, and otherwise idle. Measured is from
the call until the HTTP sink has the page. The bare workflow has one activity and nothing else; it
is started on the same server, in turn with the reports, and measured in the same way, from the
start until its activity's request is at the sink.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

import httpx
from rich.console import Console
from rich.table import Table
from temporalio.client import Client
from temporalio.worker import Worker

from benchmarks.bare import Bare, touch
from benchmarks.processes import standfast
from standfast.hosting.hard_exit import hard_exit
from tests.http_sink import HttpSink
from tests.stories.company import write_policy

_WARMING_UP = 5
"""Reports before the first one that counts: imports, connections, caches."""


def figures(seconds: Sequence[float]) -> dict[str, float]:
    """The median and the 99th percentile, in milliseconds."""
    hundredths = statistics.quantiles(seconds, n=100, method="inclusive")
    return {"p50_ms": round(hundredths[49] * 1000, 1), "p99_ms": round(hundredths[98] * 1000, 1)}


async def _until_it_arrives(sink: HttpSink, send: Callable[[], Awaitable[object]]) -> float:
    """Seconds from the call until one more request is at the sink."""
    expected = len(sink.requests) + 1
    started = time.perf_counter()
    await send()
    await asyncio.to_thread(sink.wait_for, expected)
    return time.perf_counter() - started


@asynccontextmanager
async def _bare_worker(client: Client) -> AsyncIterator[None]:
    async with Worker(client, task_queue="bare", workflows=[Bare], activities=[touch]):
        yield


async def measure(reports: int, place: Path) -> dict[str, list[float]]:
    """Seconds of each report and of each bare workflow, one after the other, in turn."""
    with HttpSink() as pages, HttpSink() as effects:
        policy = write_policy(place / "policy.yaml", pages.address, place)
        async with (
            standfast(place / "data", policy) as running,
            _bare_worker(running.client),
            httpx.AsyncClient(base_url=running.api, headers=running.headers) as http,
        ):

            async def report() -> None:
                title = f"Wiki crashed {uuid.uuid4()}"
                given = {"title": title, "service": "wiki", "reporter": "bench"}
                answer = await http.post("/api/incidents", json=given)
                answer.raise_for_status()

            async def bare() -> None:
                await running.client.start_workflow(
                    Bare.run,
                    f"http://{effects.address}/bare",
                    id=f"bare-{uuid.uuid4()}",
                    task_queue="bare",
                )

            measured: dict[str, list[float]] = {"report_to_page": [], "bare_workflow": []}
            for number in range(-_WARMING_UP, reports):
                reported = await _until_it_arrives(pages, report)
                started = await _until_it_arrives(effects, bare)
                if number >= 0:
                    measured["report_to_page"].append(reported)
                    measured["bare_workflow"].append(started)
            return measured


def main() -> NoReturn:
    """Print the table, or with --json the document."""
    parser = argparse.ArgumentParser(prog="benchmarks.latency", description=__doc__)
    parser.add_argument("--reports", type=int, default=200, help="how many of each are measured")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = parser.parse_args()
    if chosen.reports < 2:
        parser.error("--reports: at least 2 are needed for a percentile")
    with tempfile.TemporaryDirectory() as place:
        measured = asyncio.run(measure(chosen.reports, Path(place)))
    found = {name: figures(seconds) for name, seconds in measured.items()}
    report, bare = found["report_to_page"], found["bare_workflow"]
    ratios = {
        "ratio_p50": round(report["p50_ms"] / bare["p50_ms"], 2),
        "ratio_p99": round(report["p99_ms"] / bare["p99_ms"], 2),
    }
    if chosen.json:
        print(json.dumps({**found, **ratios}, indent=2))
    else:
        table = Table("", "p50", "p99")
        for name, row in found.items():
            table.add_row(name.replace("_", " "), f"{row['p50_ms']} ms", f"{row['p99_ms']} ms")
        table.add_row("ratio", str(ratios["ratio_p50"]), str(ratios["ratio_p99"]))
        Console().print(table)
    hard_exit(0)


if __name__ == "__main__":
    main()
