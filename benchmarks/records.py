"""The search, lists and numbers of closed incidents while so many are on record, and their cost.

    python -m benchmarks.records [--incidents N] [--postgresql URL] [--times N] [--json]

It fills an empty record store with generated incidents (`benchmarks.past_incidents`) and prints how
long each search, list, count and write takes, and how large the tables are: on SQLite, and on
PostgreSQL where a database is named, else where STANDFAST_TEST_POSTGRESQL names one. It makes a
schema of its own there, and drops it. The times are the wall's, of calls of the record store.
100,000 take about ten minutes each.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier
from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine
from benchmarks.past_incidents import COMMON, NOW, RARE, past_incidents
from benchmarks.percentiles import percentile
from standfast.incidents.confidentiality import as_reader
from standfast.incidents.roles import Role
from standfast.incidents.search_query import parse
from standfast.incidents.stats import StatsQuery
from standfast.lookup.numbers import numbers
from standfast.records.search import Place, Searcher
from standfast.records.store import RecordStore

_INCIDENTS, _TIMES = 100_000, 20
_AT_ONCE = 64
_WRITTEN = 50
"""Records whose writes are timed one by one, once the store is filled."""

_PER_PAGE = 50
_DEEP = 10
"""Pages behind the first."""

_POSTGRESQL = "STANDFAST_TEST_POSTGRESQL"

ALL = Searcher("rita", Role.ADMINISTRATOR)
OF_A_TEAM = Searcher("person1", Role.RESPONDER, as_reader("person1", ["network"], own_team=True))
A_REPORTER = Searcher("user7@fernhill.example", Role.REPORTER)

SEARCHES: dict[str, tuple[str, Searcher]] = {
    "a rare word": (RARE, ALL),
    "a word of every second": (COMMON, ALL),
    "three words": ("certificate expired firewall", ALL),
    "a phrase": ('"cron job was disabled"', ALL),
    "the beginning of a word": ("certif*", ALL),
    "a common word, none of a service": (f"{COMMON} service:nowhere", ALL),
    "a common word, without another": (f"{COMMON} -printer", ALL),
    "all without a word": (f"-{COMMON}", ALL),
    "fields and a word": ("service:vpn category:network is:closed certificate*", ALL),
    "a label": ("label:host=host-7", ALL),
    "a label of a third": ("label:site=graz", ALL),
    "two labels": ("label:site=graz label:host=host-7", ALL),
    "a person": ("person:person7 since:2026", ALL),
    "a common word, as one team": (COMMON, OF_A_TEAM),
    "a common word, as a reporter": ("certificate", A_REPORTER),
}
LISTS: dict[str, tuple[str, Searcher]] = {
    "closed ones": ("is:closed", ALL),
    "closed ones of a team": ("is:closed team:network", ALL),
    "closed P1s of a service": ("is:closed priority:P1 service:vpn", ALL),
    "those of nobody": ("is:closed assignee:nobody", ALL),
    "none of a priority": ("is:closed -priority:P1 -priority:P2 -priority:P3 outcome:merged", ALL),
    "closed ones, as one team": ("is:closed", OF_A_TEAM),
    "what a reporter reported": ("", A_REPORTER),
}


STATS: tuple[tuple[str, int, Searcher], ...] = (
    ("90 days by team", 90, ALL),
    ("90 days by team, as one team", 90, OF_A_TEAM),
    ("a year by team", 365, ALL),
)


class Figure(NamedTuple):
    """Milliseconds of so many calls; found: how many incidents were on the page.

    cpu_ms: mean CPU of this process; with SQLite that is all there is.
    """

    what: str
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    found: int


def timed(what: str, call: Callable[[], int], times: int) -> Figure:
    """A call so many times, after one that warms up."""
    found, took, cpu = call(), [], time.process_time()
    for _ in range(times):
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    used = (time.process_time() - cpu) / times * 1000
    return Figure(what, percentile(took, 50), percentile(took, 95), round(used, 1), found)


def looks(store: RecordStore, times: int) -> list[Figure]:
    """Every search and list, a deep page, and what triage asks for."""
    asked = [*((f"search: {name}", *each) for name, each in SEARCHES.items())]
    asked += [(f"list: {name}", *each) for name, each in LISTS.items()]
    figures = [timed(name, _page(store, text, who), times) for name, text, who in asked]
    for name, text in (("search", COMMON), ("list", "is:closed")):
        place = _place_of(store, text, _DEEP)
        figures.append(timed(f"{name}: page {_DEEP + 1}", _page(store, text, ALL, place), times))
    similar = "Certificate of the vpn has expired since this morning, the tunnel drops"
    figures.append(
        timed("similar incidents", lambda: len(store.incidents.similar(similar, 5)), times)
    )
    for name, days, who in STATS:
        figures.append(timed(f"stats: {name}", _stats(store, days, who), times))
    return figures


def _stats(store: RecordStore, days: int, who: Searcher) -> Callable[[], int]:
    query = StatsQuery(since=NOW - timedelta(days=days), until=NOW)
    return lambda: numbers(store, None, query, who.reader).total.incidents


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


async def fill(store: RecordStore, count: int, *, told: bool = False) -> float:
    """Save so many, with their measures; in how many seconds."""
    store.prepare()
    began = time.perf_counter()
    incidents, done = past_incidents(count), 0
    while batch := list(islice(incidents, _AT_ONCE)):
        await asyncio.gather(*(store.run(store.incidents.close, each, None) for each in batch))
        done += len(batch)
        if told and done % (100 * _AT_ONCE) == 0:
            print(f"{done} are on record", file=sys.stderr, flush=True)
    return time.perf_counter() - began


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


def writes(store: RecordStore) -> dict[str, float]:
    """Milliseconds of saving a record by itself, with its index."""
    took = []
    for view in past_incidents(_WRITTEN):
        began = time.perf_counter()
        store.incidents.close(view, None)
        took.append(time.perf_counter() - began)
    return {"p50_ms": percentile(took, 50), "p95_ms": percentile(took, 95)}


def measured(url: str, incidents: int, times: int, *, told: bool = False) -> dict[str, Any]:
    """What `main` prints of one database."""
    store = RecordStore(url)
    try:
        seconds = asyncio.run(fill(store, incidents, told=told))
        return {
            "incidents": incidents,
            "saved_a_second": round(incidents / seconds),
            "figures": [figure._asdict() for figure in looks(store, times)],
            "write": writes(store),
            "megabytes": sizes(store),
        }
    finally:
        store.close()


@contextmanager
def own_schema(url: str) -> Iterator[str]:
    """The URL of an empty schema in a PostgreSQL database; it is dropped at the end."""
    schema = f"records_{uuid4().hex[:12]}"
    name = Identifier(schema)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SQL("CREATE SCHEMA {}").format(name))
        try:
            yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}"
        finally:
            connection.execute(SQL("DROP SCHEMA {} CASCADE").format(name))


def _table(database: str, found: dict[str, Any]) -> Table:
    table = Table(database, "p50 ms", "p95 ms", "CPU ms", "found")
    for each in found["figures"]:
        table.add_row(*(str(each[name]) for name in Figure._fields))
    table.add_row("a record is saved", str(found["write"]["p50_ms"]), str(found["write"]["p95_ms"]))
    table.caption = (
        f"{found['incidents']:,} records, saved at {found['saved_a_second']} a second; MB: "
        + ", ".join(f"{part} {size}" for part, size in found["megabytes"].items())
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
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = parser.parse_args()
    if chosen.incidents < 1 or chosen.times < 1:
        parser.error("--incidents and --times: at least 1")
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite:///{Path(place)}/records.db"
        found["SQLite"] = measured(url, chosen.incidents, chosen.times, told=True)
    if chosen.postgresql:
        with own_schema(chosen.postgresql) as url:
            found["PostgreSQL"] = measured(url, chosen.incidents, chosen.times, told=True)
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
