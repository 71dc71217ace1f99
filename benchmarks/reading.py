"""What it costs to know how incidents stand: projected after each task, and read in both ways.

    python -m benchmarks.reading [--incidents N] [--comments N] [--json]
    python -m benchmarks.reading --open N [--data DIR] [--json]

A real server and worker; the times are the wall's, the CPU that of this process, in which the
worker, the reader and the record store's client are. With --open it is `benchmarks.standing`:
board, lists and watchdog while so many incidents stand open.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, NoReturn

from rich.console import Console
from rich.table import Table

from benchmarks import standing
from standfast.console.latest_views import LatestViews
from standfast.hosting.hard_exit import hard_exit
from standfast.incidents.record import IncidentView
from standfast.lookup.lookup import Lookup
from standfast.policy_file.source import PolicySource
from standfast.records.projections import projection_of
from standfast.records.store import RecordStore
from tests.conftest import virtual_time
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import Desk, Ticket, open_desk, until

_AWAY = "sqlite:////dev/null/records.db"
"""No database can be where a device is: what is read without one is replayed."""

_TIMES = 20


class Figure(NamedTuple):
    """Milliseconds of one of these: of the wall, and of CPU."""

    what: str
    ms: float
    cpu_ms: float


async def measured(what: str, each: Callable[[], Awaitable[object]], times: int = _TIMES) -> Figure:
    """The mean of so many, after one that warms up."""
    await each()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        await each()
    took, used = time.perf_counter() - wall, time.process_time() - cpu
    return Figure(what, round(took / times * 1000, 2), round(used / times * 1000, 2))


async def figures(incidents: int, comments: int, place: Path) -> list[Figure]:
    """Open so many incidents, one of them with so many comments, and look at them."""
    with HttpSink() as sink:
        policy = PolicySource(write_policy(place / "policy.yaml", sink.address, place))
        async with virtual_time() as env, open_desk(env, policy, sink, place) as desk:
            tickets = [await desk.report("Wiki crashed", service="wiki") for _ in range(incidents)]
            for ticket in tickets:
                await ticket.reaches_resolve()
            short, long = tickets[0], tickets[1]
            for number in range(comments):
                await long.act("comment", by="ana", text=f"{number} still looking at it")
            for ticket in tickets:
                await until("it is projected", partial(_is_projected, desk, ticket))
            return [
                *await _projected("short", await short.view(), desk),
                *await _projected("long", await long.view(), desk),
                *await _read("short", short, desk),
                *await _read("long", long, desk),
                *await _board([ticket.id for ticket in tickets], desk),
            ]


async def _is_projected(desk: Desk, ticket: Ticket) -> bool:
    reading, kept = await desk.lookup.snapshot(ticket.id), desk.records.projections.get(ticket.id)
    return bool(reading and kept and reading.task == kept.task)


async def _projected(name: str, view: IncidentView, desk: Desk) -> list[Figure]:
    projection = projection_of(view, "run", 1, view.opened_at)
    others = [projection._replace(incident_id=f"INC-{number}") for number in range(50)]

    async def made() -> None:
        projection_of(view, "run", 1, view.opened_at)

    async def one() -> None:
        desk.records.projections.keep([others[0]])

    async def fifty() -> None:
        desk.records.projections.keep(others)

    made_, one_, fifty_ = (
        await measured(f"{name}: made ({len(projection.document) // 1000} KB)", made),
        await measured(f"{name}: written alone", one),
        await measured(f"{name}: 50 written at once", fifty),
    )
    for other in others:
        desk.records.projections.forget(other.incident_id)
    return [made_, one_, fifty_]


async def _read(name: str, ticket: Ticket, desk: Desk) -> list[Figure]:
    events = len((await ticket.handle.fetch_history()).events)

    async def by_projection() -> None:
        await desk.lookup.snapshot(ticket.id)

    async def by_replay() -> None:
        await Lookup(desk.client, RecordStore(_AWAY)).snapshot(ticket.id)

    async def ticking() -> float:
        """How late a timer of this loop is at most while such a replay runs, in seconds."""
        late, replay = 0.0, asyncio.create_task(by_replay())
        while not replay.done():
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            late = max(late, time.perf_counter() - began - 0.005)
        return late

    async def by_history_alone() -> None:
        await ticket.handle.fetch_history()

    return [
        await measured(f"{name}: read by its projection", by_projection),
        await measured(f"{name}: read by replaying {events} events", by_replay),
        await measured(f"{name}: of which fetching them", by_history_alone),
        Figure(
            f"{name}: at most so late is all else meanwhile", round(await ticking() * 1000, 2), 0
        ),
    ]


async def _board(ids: list[str], desk: Desk) -> list[Figure]:
    views = LatestViews(desk.lookup)

    async def first_by_projection() -> None:
        assert len(await LatestViews(desk.lookup).of(ids, 60)) == len(ids)

    async def first_by_replay() -> None:
        lookup = Lookup(desk.client, RecordStore(_AWAY))
        assert len(await LatestViews(lookup).of(ids, 60)) == len(ids)

    async def again() -> None:
        assert len(await views.of(ids, 60)) == len(ids)
        await asyncio.sleep(0.3)  # until the store is asked again

    waiting = 300.0
    followed = await measured(f"board of {len(ids)}: each further look", again, 10)
    return [
        await measured(f"board of {len(ids)}: first look, by projections", first_by_projection, 5),
        await measured(f"board of {len(ids)}: first look, by replay", first_by_replay, 5),
        followed._replace(ms=round(followed.ms - waiting, 2)),
    ]


async def _measure(incidents: int, comments: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as place:
        return await figures(incidents, comments, Path(place))


async def _measure_open(open_: int, data: Path | None) -> list[standing.Percentiles]:
    if data:
        return await standing.figures(open_, data)
    with tempfile.TemporaryDirectory() as place:
        return await standing.figures(open_, Path(place))


def main() -> NoReturn:
    """Print the table, or with --json the rows."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.reading",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--incidents", type=int, default=50, help="how many are on the board")
    parser.add_argument("--comments", type=int, default=500, help="how many the long one has")
    parser.add_argument("--open", type=int, help="look at lists while so many stand open instead")
    parser.add_argument("--data", type=Path, help="with --open: keep them here, for another run")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    if options.data and not options.open:
        parser.error("--data goes with --open")
    # The server prints a banner on the standard output that it inherits; ours is for the result.
    console = Console(file=os.fdopen(os.dup(1), "w"))
    os.dup2(2, 1)
    found: Sequence[NamedTuple]
    if options.open:
        found = asyncio.run(_measure_open(options.open, options.data))
    else:
        found = asyncio.run(_measure(options.incidents, options.comments))
    if options.json:
        console.file.write(json.dumps([each._asdict() for each in found], indent=2) + "\n")
    else:
        table = Table(*(_heading(name) for name in found[0]._fields))
        for each in found:
            table.add_row(*map(str, each))
        console.print(table)
    console.file.flush()
    hard_exit(0)


def _heading(field: str) -> str:
    """`cpu_ms` is `CPU ms`."""
    return field.replace("cpu", "CPU").replace("_", " ")


if __name__ == "__main__":
    main()
