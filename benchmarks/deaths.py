"""What becomes of incidents while parts of a cluster are killed."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
from temporalio.client import Client

from benchmarks.callers import Callers
from benchmarks.inbox import Inbox
from benchmarks.machines import Shared, open_machines
from standfast.incidents.roles import Role
from standfast.messages.message import Message
from standfast.records.tokens import NewToken

_CLOSED_WITHIN = timedelta(seconds=300)
_LIMITS = httpx.Limits(max_connections=200)


class Deaths(Message):
    """What became of the incidents while parts of the cluster were killed.

    killed: the parts, in their order. closed: incidents whose workflow completed; on_record: those
    that the record store has as closed. pages_missing: incidents without their page or without the
    question to their reporter. sent_twice: messages that arrived more often than the ledger
    counts. repeated: requests that the callers had to send again. longest: seconds of the slowest
    incident, median: of the one in the middle.
    """

    incidents: int
    killed: list[str]
    closed: int
    on_record: int
    pages_missing: int
    sent_twice: int
    repeated: int
    longest: float
    median: float

    @property
    def whole(self) -> bool:
        """Whether every incident closed, is on record and was paged."""
        lost = self.incidents - min(self.closed, self.on_record)
        return not lost and not self.pages_missing


async def deaths(n: int, at_once: int, place: Path, database: str) -> Deaths:
    """Walk n incidents through two APIs and two workers, and kill each kind once on the way."""
    async with (
        open_machines(place, database) as there,
        httpx.AsyncClient(timeout=30, limits=_LIMITS) as http,
    ):
        cluster, temporal = there.cluster, there.temporal
        token = there.records.tokens.create(NewToken(name="bench", role=Role.OPERATOR)).secret
        worker, _, first, second = await asyncio.gather(
            cluster.worker(temporal),
            cluster.worker(temporal),
            cluster.api(temporal),
            cluster.api(temporal),
        )
        callers = Callers([first.address, second.address], token, http)
        replaced = asyncio.TaskGroup()

        async def kill_api() -> None:
            first.process.kill()
            callers.addresses = [second.address]
            replaced.create_task(start_api())

        async def start_api() -> None:
            callers.addresses.append((await cluster.api(temporal)).address)

        async def kill_worker() -> None:
            worker.kill()
            replaced.create_task(cluster.worker(temporal))

        async def kill_server() -> None:
            os.kill(there.server_pid, signal.SIGKILL)

        async def cut_connections() -> None:
            await asyncio.to_thread(_cut_connections, there)

        blows = {
            "worker": kill_worker,
            "API": kill_api,
            "Temporal server": kill_server,
            "connections to PostgreSQL": cut_connections,
        }
        walks = _Walks(callers, there.inbox, at_once)
        async with replaced, asyncio.TaskGroup() as group:
            walking = group.create_task(walks.walk(n))
            for number, blow in enumerate(blows.values(), start=1):
                await walks.until(n * number // (len(blows) + 1))
                await blow()
            await walking
        incidents = list(walks.took)
        closed = await asyncio.gather(*(_completes(there.client, each) for each in incidents))
        on_record, known = await asyncio.to_thread(_recorded, there, incidents)
        took = sorted(walks.took.values())
        return Deaths(
            incidents=n,
            killed=list(blows),
            closed=sum(closed),
            on_record=on_record,
            pages_missing=n - len(incidents),
            sent_twice=there.inbox.messages - known,
            repeated=callers.repeated,
            longest=round(took[-1], 1),
            median=round(took[len(took) // 2], 1),
        )


class _Walks:
    """Incidents on their way. `took`: the seconds of each that has arrived, by its id."""

    def __init__(self, callers: Callers, inbox: Inbox, at_once: int) -> None:
        self.took: dict[str, float] = {}
        self._callers = callers
        self._inbox = inbox
        self._free = asyncio.Semaphore(at_once)
        self._ended = 0
        self._one_more = asyncio.Condition()

    async def walk(self, n: int) -> None:
        """Walk so many. One whose message does not come in time is left out."""
        await asyncio.gather(*(self._walk() for _ in range(n)))

    async def until(self, at_least: int) -> None:
        """Wait until so many have arrived, or were left out."""
        async with self._one_more:
            await self._one_more.wait_for(lambda: self._ended >= at_least)

    async def _walk(self) -> None:
        async with self._free:
            began = time.perf_counter()
            try:
                incident = await self._callers.whole_path(self._inbox)
                self.took[incident] = time.perf_counter() - began
            except TimeoutError as missing:
                print(f"a message is missing: {missing}", file=sys.stderr)
        async with self._one_more:
            self._ended += 1
            self._one_more.notify_all()


def _cut_connections(there: Shared) -> None:
    # Under another name, so that it does not cut itself off.
    with psycopg.connect(there.database, application_name="scissors", autocommit=True) as scissors:
        scissors.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
            [there.application],
        )


async def _completes(client: Client, incident: str) -> bool:
    async with asyncio.timeout(_CLOSED_WITHIN.total_seconds()):
        await client.get_workflow_handle(incident).result()
    return True


def _recorded(there: Shared, incidents: Sequence[str]) -> tuple[int, int]:
    """How many of them are on record as closed, and how many messages the ledger has as sent."""
    on_record = sum(bool(there.records.incidents.episodes(each)) for each in incidents)
    with psycopg.connect(there.database) as connection:
        sent = connection.execute(
            "SELECT count(*) FROM deliveries WHERE state = 'delivered'"
        ).fetchone()
    assert sent
    return on_record, int(sent[0])
