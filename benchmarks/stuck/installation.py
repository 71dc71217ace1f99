"""An installation to mistreat: the embedded server, the records, and workers that come and go."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import Client
from temporalio.envconfig import ClientConnectConfig

from benchmarks.stuck.slow import Slow, slowed
from standfast.hosting.connection import DEFAULT_NAMESPACE, Endpoint, connect_to
from standfast.hosting.embedded_server import EmbeddedServer
from standfast.hosting.namespace import register_search_attributes
from standfast.hosting.projector import Projector
from standfast.hosting.settings import Settings
from standfast.hosting.wiring import build_activities, build_worker
from standfast.incidents import names
from standfast.incidents.flowchart import Box
from standfast.incidents.report import Channel, Report
from standfast.intake.reporting import report_incident
from standfast.policy_file.loading import load_policy
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore
from tests.durability.company import write_policy
from tests.http_sink import HttpSink

REPOSITORY = Path(__file__).parents[2]
REPORTER = "rita@crashville.example"
PATIENCE = 90.0
"""Seconds for what a healthy installation does in a few."""

_REPORTS: tuple[Mapping[str, Any], ...] = (
    {"service": "wiki", "title": "Wiki crashed"},
    {"service": "shop", "title": "The shop app shows old prices", "users_affected": 90},
    {"service": "core", "title": "Outage of the core switch, vpn down", "users_affected": 900},
    {"service": "feed", "title": "Feed app crashed"},
)
"""Low, high impact, critical, and one that is verified by a system test too."""


class Installation:
    """One server and one record store. No worker runs until somebody starts one.

    evict_after_queries: of the workers in this process, see `hosting.wiring.build_worker`.
    """

    def __init__(self, place: Path, policy: Path, address: str, client: Client) -> None:
        self.place = place
        self.client = client
        self.evict_after_queries = True
        self.variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(place),  # where there is no temporal.toml
            "TEMPORAL_ADDRESS": address,
            "STANDFAST_DATABASE_URL": f"sqlite:///{place}/records.db",
            "STANDFAST_POLICY": str(policy),
            "STANDFAST_DATA_DIR": str(place / "processes"),
            "STANDFAST_GRACE": "1s",
            "STANDFAST_WORKER_PROCESSES": "1",
        }
        self.settings = Settings(
            data_dir=place / "worker",
            policy=policy,
            database_url=self.variables["STANDFAST_DATABASE_URL"],
            grace=timedelta(seconds=1),
        )
        self.records = RecordStore(self.settings.records_url)
        self._policy = load_policy(policy)

    def close(self) -> None:
        """Let go of the records."""
        self.records.close()

    async def report(self, number: int = 0) -> str:
        """Somebody reports one of a few things, by its number; the incident's id."""
        given = _REPORTS[number % len(_REPORTS)]
        reported = await report_incident(
            self.client,
            Report(channel=Channel.PHONE, reporter=REPORTER, **given),
            now=datetime.now(UTC),
            policy=self._policy,
            records=self.records.incidents,
            task_queue=self.settings.task_queue,
        )
        return reported.incident_id

    async def report_many(self, count: int) -> list[str]:
        """The same small thing so many times: each waits for somebody, and its clock runs."""
        return [await self.report() for _ in range(count)]

    async def all_wait_for_people(self, incidents: Sequence[str]) -> None:
        """Return when each has stood in `resolve` with nothing for a worker to do."""

        async def waits(incident: str) -> bool:
            run = await self.client.get_workflow_handle(incident).describe()
            return (
                run.typed_search_attributes.get(names.STAGE) == Box.RESOLVE
                and not run.raw_description.pending_activities
                and not run.raw_description.HasField("pending_workflow_task")
            )

        for each in incidents:
            await until(partial(waits, each), f"{each} waits for somebody")

    async def all_want_a_worker(self, incidents: Sequence[str]) -> None:
        """Return when each has a workflow task or an activity that no worker takes.

        Its clock has run out, or did so just before the last worker stopped.
        """

        async def wants_one(incident: str) -> bool:
            run = await self.describe(incident)
            return bool(run.pending_activities) or run.HasField("pending_workflow_task")

        for each in incidents:
            await until(partial(wants_one, each), f"the clock of {each} has run out")

    async def describe(self, incident: str) -> DescribeWorkflowExecutionResponse:
        return (await self.client.get_workflow_handle(incident).describe()).raw_description

    @asynccontextmanager
    async def worker(self, slow: Slow | None = None) -> AsyncIterator[None]:
        """A worker in this process, with nothing in its cache, until the block ends."""
        client = await _connect(self.variables["TEMPORAL_ADDRESS"])
        activities = build_activities(
            PolicySource(self.settings.policy), self.records, data=self.settings.data_dir
        )
        with Projector(self.records.projections) as projector:
            async with build_worker(
                slowed(client, slow) if slow else client,
                self.settings,
                activities,
                projector=projector,
                evict_after_queries=self.evict_after_queries,
            ) as worker:
                running = asyncio.create_task(worker.run())
                try:
                    yield
                finally:
                    await worker.shutdown()
                    await running

    def process(self, *command: str) -> subprocess.Popen[bytes]:
        """One in a process of its own, to be killed; `command` is what Python runs."""
        with (self.place / "processes.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *command],
                cwd=REPOSITORY,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def said(self, process: subprocess.Popen[bytes], text: str, times: int) -> None:
        """Return when the processes have said so, that many times in all.

        Raises:
            RuntimeError: it ended before.
        """
        log = self.place / "processes.log"

        async def heard() -> bool:
            words = log.read_text(errors="replace")
            if process.poll() is not None:
                raise RuntimeError(f"the worker has ended by itself:\n{words[-2000:]}")
            return words.count(text) >= times

        await until(heard, f"the worker says {text!r}")


@asynccontextmanager
async def installed(place: Path) -> AsyncIterator[Installation]:
    """An installation in a directory of its own, until the block ends."""
    with HttpSink() as sink:
        policy = write_policy(place / "policy.yaml", sink.address, place)
        server = EmbeddedServer(Settings(data_dir=place / "server", temporal_port=0, policy=policy))
        await server.start()
        try:
            address = server.record.address
            client = await _connect(address)
            await register_search_attributes(client)
            with closing(Installation(place, policy, address, client)) as installation:
                yield installation
        finally:
            await server.stop()


async def until(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    """Return when it does.

    Raises:
        TimeoutError: not within the patience; says what was waited for.
    """
    deadline = time.monotonic() + PATIENCE
    while not await holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"in vain for {PATIENCE:.0f} s: {what}")
        await asyncio.sleep(0.1)


async def _connect(address: str) -> Client:
    options = ClientConnectConfig(target_host=address, namespace=DEFAULT_NAMESPACE)
    return await connect_to(Endpoint(options, configured=True), within=PATIENCE)
