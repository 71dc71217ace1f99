"""How long looks at the list of open incidents take while many stand open: board, API, command.

A real server, API and record store; each incident is a workflow that nobody polls, and a projection
(`benchmarks.many_open`). The times are the wall's, of whole HTTP requests and whole commands.

To open 100,000 takes ten minutes or more: Temporal's SQLite keeps some 60 indexes of each workflow.
"""

import asyncio
import os
import re
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import httpx
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from benchmarks.many_open import many, open_many, opened
from benchmarks.processes import REPOSITORY, api
from standfast.hosting.connection import connect
from standfast.hosting.embedded_server import EmbeddedServer
from standfast.hosting.namespace import register_search_attributes
from standfast.hosting.settings import Settings
from standfast.hosting.watchdog import build_finder
from standfast.incidents.record import IncidentView
from standfast.lookup.list_check import ListCheck
from standfast.lookup.lookup import Lookup
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import open_desk

TIMES = 20
_PAGES = 20
"""How deep a deep page is."""

_CSRF = re.compile(r'name="csrf" value="([^"]*)"')
_NEXT = re.compile(r'href="([^"]*)" rel="next"')


class Percentiles(NamedTuple):
    """Milliseconds of so many looks.

    cpu_ms: mean CPU of the server, the API and other processes that this one has started.
    """

    what: str
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    times: int


async def measured(what: str, look: Callable[[], Awaitable[object]], times: int) -> Percentiles:
    """Of so many looks, after one that warms up."""
    await look()
    took = []
    used = _cpu_of_children()
    for _ in range(times):
        began = time.perf_counter()
        await look()
        took.append((time.perf_counter() - began) * 1000)
    used = _cpu_of_children() - used
    p95 = sorted(took)[times * 95 // 100]
    return Percentiles(
        what, round(statistics.median(took), 1), round(p95, 1), round(used / times * 1000, 1), times
    )


def _cpu_of_children() -> float:
    """Seconds of CPU that the living descendants of this process have used."""
    parents: dict[int, int] = {}
    used: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        pid = int(stat.parent.name)
        parents[pid], used[pid] = int(fields[1]), int(fields[11]) + int(fields[12])
    ours = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    ticks = sum(used[pid] for pid in ours - {os.getpid()})
    return ticks / os.sysconf("SC_CLK_TCK")


async def figures(open_: int, place: Path, times: int = TIMES) -> list[Percentiles]:
    """Have so many open in this data directory, which may have some already, and look at them.

    Raises:
        ValueError: there are more already.
    """
    settings = Settings(data_dir=place, temporal_port=0)
    server = EmbeddedServer(settings)
    await server.start()
    records = RecordStore(settings.records_url)
    try:
        client = await connect(settings)
        await register_search_attributes(client)
        await _fill(open_, client, records, place)
        variables = {
            "STANDFAST_DATA_DIR": str(place),
            "STANDFAST_TEMPORAL_PORT": "0",
            "STANDFAST_POLICY": str(write_policy(place / "policy.yaml", "127.0.0.1:9", place)),
        }
        async with (
            api(variables, place / "api.log") as served,
            _signed_in(served.address, served.token) as http,
        ):
            headers = {"Authorization": f"Bearer {served.token}"}
            return [
                *await _board(http, times),
                *await _api(http, headers, times),
                *await _background(client, records, settings, times),
                *await _command({**os.environ, **variables}, times // 4 or 1),
            ]
    finally:
        records.close()
        await server.stop()


async def _fill(open_: int, client: Client, records: RecordStore, place: Path) -> None:
    there = await opened(client)
    if there > open_:
        raise ValueError(f"{place} has {there} open incidents already")
    if there < open_:
        views = many(await _templates(client, place), there, datetime.now(UTC))
        await open_many(client, records, islice(views, open_ - there))


async def _templates(client: Client, place: Path) -> list[IncidentView]:
    """Views of incidents that a worker has brought to where people work on them."""
    policy = write_policy(place / "policy.yaml", "127.0.0.1:9", place)
    with HttpSink() as sink:
        source = PolicySource(write_policy(policy, sink.address, place))
        env = WorkflowEnvironment.from_client(client)
        async with open_desk(env, source, sink, place) as desk:
            tickets = [
                await desk.report("Wiki crashed", service="wiki", description="As before. " * 20),
                await desk.report("Printer smells", service="kiosk"),
                await desk.report("Shop is slow", service="shop", users_affected=40),
            ]
            for ticket in tickets:
                await ticket.reaches_resolve()
            views = [await ticket.view() for ticket in tickets]
            for ticket in tickets:
                await ticket.act("withdraw", by="rita", reason="it was only a template")
                await ticket.closes()
            return views


async def _board(http: httpx.AsyncClient, times: int) -> list[Percentiles]:
    async def look(path: str) -> str:
        answer = await http.get(path)
        answer.raise_for_status()
        return answer.text

    def at(path: str) -> Callable[[], Awaitable[str]]:
        return lambda: look(path)

    path = "/?stage=resolve"
    for _ in range(_PAGES):
        following = _NEXT.search(await look(path))
        if following is None:
            break
        path = following[1].replace("&amp;", "&")
    return [
        await measured(f"board: {name}", at(path), times)
        for name, path in {
            "all": "/",
            "a stage": "/?stage=resolve",
            f"a stage, {_PAGES} pages on": path,
            "P1": "/?priority=P1",
            "a team": "/?team=desk",
            "a category": "/?category=network",
            "a service": "/?service=till",
            "a service and P1": "/?service=till&priority=P1",
            "team, category and service": "/?team=apps&category=data&service=feed",
            "a service that has none": "/?service=nothing",
            "closed": "/?status=closed",
            "open and closed": "/?status=all",
        }.items()
    ]


async def _api(http: httpx.AsyncClient, headers: dict[str, str], times: int) -> list[Percentiles]:
    async def look(**wanted: str) -> str:
        answer = await http.get("/api/incidents", params=wanted, headers=headers)
        answer.raise_for_status()
        return str(answer.json()["next"] or "")

    def for_(wanted: dict[str, str]) -> Callable[[], Awaitable[str]]:
        return lambda: look(**wanted)

    page = ""
    for _ in range(_PAGES):
        page = await look(page=page) or page
    narrowed: dict[str, dict[str, str]] = {
        "": {},
        "200 at once": {"limit": "200"},
        f"{_PAGES} pages on": {"page": page},
        "P1": {"priority": "P1"},
        "a team": {"team": "desk"},
        "a category": {"category": "network"},
        "a service": {"service": "till"},
        "a service and P1": {"service": "till", "priority": "P1"},
        "team, category and service": {"team": "apps", "category": "data", "service": "feed"},
        "a service that has none": {"service": "nothing"},
        "closed": {"status": "closed"},
    }
    return [
        await measured(f"/api/incidents: {name or 'all'}", for_(wanted), times)
        for name, wanted in narrowed.items()
    ]


async def _background(
    client: Client, records: RecordStore, settings: Settings, times: int
) -> list[Percentiles]:
    finder = build_finder(client, records, settings.task_queue)

    check = ListCheck(client, records, Lookup(client, records))

    async def fingerprint() -> None:
        await asyncio.to_thread(records.projections.fingerprint)

    return [
        await measured("watchdog: one scan", finder.scan, times),
        await measured("live board: one look at the store", fingerprint, times),
        await measured("list check: compare the counts", check.check, times),
        await measured("list check: walk over all", check.mend, 1),
    ]


async def _command(environment: dict[str, str], times: int) -> list[Percentiles]:
    async def command(*words: str) -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "starter.py", *words),
            cwd=REPOSITORY,
            env=environment,
            stdout=asyncio.subprocess.DEVNULL,
        )
        if await process.wait():
            raise RuntimeError(f"standfast {' '.join(words)} failed")

    return [
        await measured("standfast list --help", lambda: command("list", "--help"), times),
        await measured("standfast list", lambda: command("list"), times),
        await measured(
            "standfast list --service till", lambda: command("list", "--service", "till"), 5
        ),
    ]


@asynccontextmanager
async def _signed_in(address: str, token: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        csrf = _CSRF.search((await http.get("/sign-in")).text)
        fields = {"csrf": csrf[1] if csrf else "", "token": token}
        answer = await http.post("/sign-in", data=fields, headers={"Origin": address})
        if answer.status_code != httpx.codes.SEE_OTHER:
            raise RuntimeError(f"nobody could sign in: {answer.text}")
        yield http
