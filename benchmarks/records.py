"""What a record store with so many closed incidents takes: searches, lists, statistics, writes.

    python -m benchmarks.records [--incidents N] [--times N] [--postgresql URL] [--keep DIRECTORY]
                                 [--json]

It fills an empty record store with generated incidents (`benchmarks.past_incidents`), asks each
question of `benchmarks.record_queries` so many times, and prints a table for SQLite, and one for
PostgreSQL where a database is named, here or by STANDFAST_TEST_POSTGRESQL. There it makes a schema
of its own and drops it. With --keep both stay, and the next run fills only what is not there.

They are filled by what closing an incident writes, 200 in a transaction: some three minutes of
processor time for 100,000 with SQLite, six with PostgreSQL. Times are of calls of the record store:
the median, the least, and the processor time of this process and of PostgreSQL on this machine,
which is what to compare where others are at work too.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sized
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier
from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine
from benchmarks.past_incidents import COMMON, NOW, open_incidents, past_incidents
from benchmarks.percentiles import percentile
from benchmarks.record_queries import ALL, LISTS, OF_A_TEAM, SEARCHES
from standfast.incidents.search_query import parse
from standfast.incidents.stats import GroupedBy, StatsQuery
from standfast.lookup.numbers import numbers
from standfast.lookup.stats_csv import groups_in_csv
from standfast.records.open_incidents import Narrowed
from standfast.records.projections import projection_of
from standfast.records.search import Place, Searcher
from standfast.records.store import RecordStore

_INCIDENTS, _TIMES = 100_000, 20
_IN_ONE_TRANSACTION = 200
_OPEN = 1_000
"""Incidents that are open besides."""

_WRITTEN = 50
"""Records whose writes are timed one by one, once the store is filled."""

_PER_PAGE = 50
_DEEP = 10
"""Pages behind the first."""

_POSTGRESQL = "STANDFAST_TEST_POSTGRESQL"
_KEPT = "records_kept"
"""The schema that --keep leaves."""

_NEW_REPORT = "Certificate of the vpn has expired\nSince this morning the tunnel drops"
_EVERYDAY_REPORT = (
    "Login of service-19 is very slow\nhost-18: error timeout request connection log13 network "
    "user failed\nSince this morning the login is very slow, restart and update did not help"
)


class Figure(NamedTuple):
    """Milliseconds of a call; found: how many incidents it found."""

    what: str
    p50_ms: float
    least_ms: float
    cpu_ms: float
    found: int


class Meter:
    """Times calls of one record store."""

    def __init__(self, store: RecordStore, times: int) -> None:
        self._times = times
        self._server = _server_of(store)

    def figure(self, what: str, call: Callable[[], int]) -> Figure:
        """A call so many times, after one that warms up."""
        found, took, cpu = call(), [], self._cpu()
        for _ in range(self._times):
            began = time.perf_counter()
            call()
            took.append(time.perf_counter() - began)
        used = (self._cpu() - cpu) / self._times * 1000
        least = round(min(took) * 1000, 1)
        return Figure(what, percentile(took, 50), least, round(used, 1), found)

    def _cpu(self) -> float:
        used = time.process_time()
        if self._server:
            used += int(self._server.read_text().split()[0]) / 1e9
        return used


def _server_of(store: RecordStore) -> Path | None:
    """Where Linux says how long PostgreSQL's process has run for us, if it is on this machine."""
    if store._database.dialect == "sqlite":
        return None
    with store._database.reading() as connection:
        process = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    file = Path(f"/proc/{process}/schedstat")
    return file if file.exists() else None


def looks(store: RecordStore, times: int) -> list[Figure]:
    """Every search and list, deep pages, what triage asks for, and statistics."""
    figure = Meter(store, times).figure
    asked = [*((f"search: {name}", *each) for name, each in SEARCHES.items())]
    asked += [(f"list: {name}", *each) for name, each in LISTS.items()]
    figures = [figure(name, _page(store, text, who)) for name, text, who in asked]
    for name, text in (("search", COMMON), ("list", "is:closed")):
        place = _place_of(store, text, _DEEP)
        figures.append(figure(f"{name}: page {_DEEP + 1}", _page(store, text, ALL, place)))
    board = partial(store.open_incidents.page, Narrowed(), _PER_PAGE)
    figures.append(figure("list: the board of open ones", partial(_length_of, board)))
    for name, report in (("a new", _NEW_REPORT), ("an everyday", _EVERYDAY_REPORT)):
        similar = partial(store.incidents.similar, report, 5)
        figures.append(figure(f"similar to {name} report", partial(_length_of, similar)))
    for name, query, who in _questions():
        figures.append(figure(f"statistics: {name}", partial(_counted, store, query, who)))
    csv = partial(numbers, store, None, _questions()[0][1], None)
    figures.append(figure("statistics: 90 days, CSV", lambda: groups_in_csv(csv()).count("\n")))
    return figures


def _length_of(call: Callable[[], Sized]) -> int:
    return len(call())


def _counted(store: RecordStore, query: StatsQuery, who: Searcher) -> int:
    return numbers(store, None, query, who.reader).total.incidents


def _questions() -> list[tuple[str, StatsQuery, Searcher]]:
    until = NOW + timedelta(days=4)  # when the last of them has closed
    month, quarter, whole = (NOW - timedelta(days=days) for days in (30, 90, 3 * 365))
    by_month = StatsQuery(since=whole, until=until, by=GroupedBy.MONTH)
    return [
        ("90 days", StatsQuery(since=quarter, until=until), ALL),
        ("30 days", StatsQuery(since=month, until=until), ALL),
        ("90 days, as one team", StatsQuery(since=quarter, until=until), OF_A_TEAM),
        ("three years by month", by_month, ALL),
        ("three years of a team", by_month.model_copy(update={"team": "network"}), ALL),
    ]


def _page(
    store: RecordStore, text: str, who: Searcher, after: Place | None = None
) -> Callable[[], int]:
    query = parse(text, NOW)
    return lambda: len(store.search.page(query, who, _PER_PAGE, after).found)


def _place_of(store: RecordStore, text: str, pages: int) -> Place | None:
    place: Place | None = None
    for _ in range(pages):
        page = store.search.page(parse(text, NOW), ALL, _PER_PAGE, place)
        if page.next is None:
            return place
        place = page.next
    return place


def fill(store: RecordStore, count: int, *, told: bool = False) -> float | None:
    """Keep so many as if each had just closed; in how many seconds, None if they are there."""
    store.prepare()
    if store.search.page(parse("is:closed", NOW), ALL, 1).found:
        return None
    began = time.perf_counter()
    incidents, done = past_incidents(count), 0
    while batch := list(islice(incidents, _IN_ONE_TRANSACTION)):
        with store._database.writing() as connection:
            for view in batch:
                store.incidents._keep(connection, view)
                store.measures.put(connection, view, view.timeline, None)
        done += len(batch)
        if told and done % 10_000 == 0:
            print(f"{done:,} are on record", file=sys.stderr, flush=True)
    took = time.perf_counter() - began
    if store._database.dialect != "sqlite":
        # What autovacuum does within minutes; a vacuum cannot be part of a transaction.
        with store._database._engine.connect() as connection:
            apart = connection.execution_options(isolation_level="AUTOCOMMIT")
            apart.exec_driver_sql("VACUUM ANALYZE")
    return took


def open_some(store: RecordStore) -> None:
    """Have some that are open."""
    incidents = open_incidents(_OPEN)
    while batch := list(islice(incidents, _IN_ONE_TRANSACTION)):
        store.projections.keep([projection_of(view, "run", 3, NOW) for view in batch])


def sizes(store: RecordStore) -> dict[str, float]:
    """Megabytes of each part of the store."""
    parts = {
        "records": ("incidents", "ix_incidents", "sqlite_autoindex_incidents"),
        "lines of the search": ("indexed_incidents", "sqlite_autoindex_indexed"),
        "terms of the search": ("incident_terms",),
        "full text": ("incident_text",),
        "measures": ("measures", "ix_measures", "sqlite_autoindex_measures"),
    }
    if store._database.dialect == "sqlite":
        of_each = "SELECT name, sum(pgsize) FROM dbstat GROUP BY name"
    else:
        of_each = (
            "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
            "WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
        )
    with store._database.reading() as connection:
        rows = [(str(name), int(size)) for name, size in connection.exec_driver_sql(of_each)]
    return {
        part: round(sum(size for name, size in rows if name.startswith(begins)) / 1e6, 1)
        for part, begins in parts.items()
    }


def writes(store: RecordStore) -> Figure:
    """Closing an incident by itself, with all that is written of it."""
    meter, incidents = Meter(store, _WRITTEN), past_incidents(_WRITTEN + 1)

    def close() -> int:
        store.incidents.close(next(incidents), None)
        return 1

    return meter.figure("a record is written", close)


def measured(url: str, incidents: int, times: int, *, told: bool = False) -> dict[str, Any]:
    """What `main` prints of one database."""
    store = RecordStore(url)
    try:
        seconds = fill(store, incidents, told=told)
        open_some(store)
        return {
            "incidents": incidents,
            "filled_in_seconds": seconds and round(seconds),
            "figures": [each._asdict() for each in (*looks(store, times), writes(store))],
            "megabytes": sizes(store),
        }
    finally:
        store.close()


@contextmanager
def own_schema(url: str, kept: str = "") -> Iterator[str]:
    """The URL of a schema in a PostgreSQL database; an empty one that is dropped, or a kept one."""
    schema = kept or f"records_{uuid4().hex[:12]}"
    name = Identifier(schema)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
        try:
            yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}"
        finally:
            if not kept:
                connection.execute(SQL("DROP SCHEMA {} CASCADE").format(name))


def _table(database: str, found: dict[str, Any]) -> Table:
    table = Table(database, "p50 ms", "least ms", "CPU ms", "found")
    for each in found["figures"]:
        table.add_row(*(str(each[name]) for name in Figure._fields))
    seconds = found["filled_in_seconds"]
    filled = "kept from before" if seconds is None else f"filled in {seconds} s"
    table.caption = f"{found['incidents']:,} records, {filled}; MB: " + ", ".join(
        f"{part} {size}" for part, size in found["megabytes"].items()
    )
    return table


def main() -> int:
    """Print a table for each database, or one JSON document."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.records",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--incidents", type=int, default=_INCIDENTS, help="else 100,000")
    parser.add_argument("--times", type=int, default=_TIMES, help="looks of each kind; else 20")
    parser.add_argument("--postgresql", metavar="URL", default=os.environ.get(_POSTGRESQL, ""))
    parser.add_argument("--keep", metavar="DIRECTORY", type=Path, help="where SQLite's file stays")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = parser.parse_args()
    if chosen.incidents < 1 or chosen.times < 1:
        parser.error("--incidents and --times: at least 1")
    found: dict[str, dict[str, Any]] = {}
    with ExitStack() as until_the_end:
        place = chosen.keep or until_the_end.enter_context(tempfile.TemporaryDirectory())
        urls = {"SQLite": f"sqlite:///{Path(place).absolute()}/records.db"}
        if chosen.postgresql:
            schema = own_schema(chosen.postgresql, _KEPT if chosen.keep else "")
            urls["PostgreSQL"] = until_the_end.enter_context(schema)
        for name, url in urls.items():
            found[name] = measured(url, chosen.incidents, chosen.times, told=True)
    if chosen.json:
        print(json.dumps({"machine": machine(), **found}, indent=2))
    else:
        console = Console(markup=False)
        for database, figures in found.items():
            console.print(_table(database, figures))
        console.print(machine())
    return 0


if __name__ == "__main__":
    sys.exit(main())
