"""The same job as a tutorial would write it: regular activities, signals, a record in SQLite.

    python -m benchmarks.tutorial ADDRESS DATABASE

A worker on the Temporal server at ADDRESS, until SIGTERM; its records are in the file DATABASE.
"""

import asyncio
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TypedDict

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    import httpx

TASK_QUEUE = "tutorial"
AT_WORK = "at work"

_LIMIT = timedelta(seconds=30)
_CONNECTIONS = 20
_THREADS = 10


class Reported(TypedDict):
    """What was reported: its id, and where messages about it go."""

    id: str
    url: str


@activity.defn
async def triage(_: Reported) -> dict[str, str]:
    """A decision; nothing of it matters but that it is one."""
    return {"priority": "P3"}


@activity.defn
async def classify(_: Reported) -> dict[str, str]:
    """Another one."""
    return {"category": "network", "team": "net"}


@activity.defn
async def impact(_: Reported) -> dict[str, bool]:
    """Another one."""
    return {"high": False}


@activity.defn
async def assign(_: Reported) -> dict[str, str]:
    """The last one."""
    return {"who": "ana"}


class Effects:
    """The activities that touch the world: they send a message, and write the record."""

    def __init__(self, http: httpx.AsyncClient, database: Path) -> None:
        self._http = http
        self._database = database

    @activity.defn
    async def page(self, reported: Reported) -> None:
        """One message."""
        answer = await self._http.post(reported["url"], json={"title": reported["id"]})
        answer.raise_for_status()

    @activity.defn
    def record(self, reported: Reported) -> None:
        """One row, on disk before it returns."""
        with closing(sqlite3.connect(self._database, timeout=30)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            with connection:
                connection.execute("create table if not exists r(id text primary key, body text)")
                row = (reported["id"], str(reported))
                connection.execute("insert or replace into r values(?, ?)", row)


@workflow.defn
class Tutorial:
    """Decides, pages, and waits for one person after the other."""

    def __init__(self) -> None:
        self._acknowledged = self._resolved = self._confirmed = False

    @workflow.signal
    def acknowledge(self) -> None:
        self._acknowledged = True

    @workflow.signal
    def resolve(self) -> None:
        self._resolved = True

    @workflow.signal
    def confirm(self) -> None:
        self._confirmed = True

    @workflow.run
    async def run(self, reported: Reported) -> str:
        for decide in (triage, classify, impact, assign):
            await workflow.execute_activity(decide, reported, start_to_close_timeout=_LIMIT)
        await self._page(reported)
        await workflow.wait_condition(lambda: self._acknowledged, timeout=timedelta(hours=4))
        await workflow.wait_condition(lambda: self._resolved, timeout=timedelta(days=1))
        await self._page(reported)
        await workflow.wait_condition(lambda: self._confirmed, timeout=timedelta(days=3))
        await self._page(reported)
        await workflow.execute_activity_method(
            Effects.record, reported, start_to_close_timeout=_LIMIT
        )
        return "done"

    async def _page(self, reported: Reported) -> None:
        await workflow.execute_activity_method(
            Effects.page, reported, start_to_close_timeout=_LIMIT
        )


async def _work(address: str, database: Path) -> None:
    client = await Client.connect(address)
    limits = httpx.Limits(max_connections=_CONNECTIONS)
    with ThreadPoolExecutor(_THREADS) as threads:
        async with httpx.AsyncClient(limits=limits) as http:
            effects = Effects(http, database)
            worker = Worker(
                client,
                task_queue=TASK_QUEUE,
                workflows=[Tutorial],
                activities=[triage, classify, impact, assign, effects.page, effects.record],
                activity_executor=threads,
            )
            print(AT_WORK, flush=True)
            await worker.run()


if __name__ == "__main__":
    asyncio.run(_work(sys.argv[1], Path(sys.argv[2])))
