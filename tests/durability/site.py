"""A site where workers come and go: one Temporal server, one record store, one runbook."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.envconfig import ClientConnectConfig

from standfast.hosting.connection import DEFAULT_NAMESPACE, Endpoint, connect_to
from standfast.hosting.embedded_server import EmbeddedServer
from standfast.hosting.namespace import register_search_attributes
from standfast.hosting.settings import Settings
from standfast.incidents import names
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView
from standfast.incidents.report import Channel, Report
from standfast.intake.reporting import report_incident
from standfast.lookup.lookup import Lookup
from standfast.policy_file.loading import load_policy
from standfast.records.store import RecordStore
from tests.decisions.small_policy import SMALL
from tests.hosting.worker_process import Process
from tests.patience import PATIENCE

SERVICE = "press"


class Site:
    """A place with a policy, whose only runbook fits the only service that is reported.

    Programs of the runbook lie in `place`; all that they start is told by their environment, which
    has SITE, or their command line, which names a file in `place`.
    """

    def __init__(self, place: Path, client: Client, server: EmbeddedServer) -> None:
        """Take where the policy is, and the server that runs."""
        self.place = place
        self.client = client
        self.records = RecordStore(f"sqlite:///{place}/records.db")
        self._server = server
        self._policy = load_policy(place / "policy.yaml")
        self._workers: list[Process] = []

    def close(self) -> None:
        """Kill the workers that still run."""
        for worker in self._workers:
            worker.kill()
        self.records.close()

    async def worker(self) -> Process:
        """One more worker, at work. It stops running activities one second after a SIGTERM."""
        data = self.place / f"worker-{len(self._workers) + 1}"
        variables = {
            "TEMPORAL_ADDRESS": self._server.record.address,
            "STANDFAST_DATABASE_URL": f"sqlite:///{self.place}/records.db",
            "STANDFAST_POLICY": str(self.place / "policy.yaml"),
            "STANDFAST_GRACE": "1s",
        }
        worker = Process(data, variables)
        self._workers.append(worker)
        await asyncio.to_thread(worker.says, "Ctrl-C stops it")
        return worker

    def worker_of(self, supervisor: int) -> Process:
        """The worker that has a command run by this supervisor."""
        owner = int(_read(supervisor, "stat").rpartition(")")[2].split()[1])
        return next(worker for worker in self._workers if worker.pid == owner)

    async def report(self) -> str:
        """Somebody reports the service; the incident's id."""
        reported = await report_incident(
            self.client,
            Report(title="The press stands still", service=SERVICE, channel=Channel.PHONE),
            now=datetime.now(UTC),
            policy=self._policy,
            records=self.records.incidents,
            task_queue=names.TASK_QUEUE,
        )
        return reported.incident_id

    async def decided(self, incident_id: str) -> IncidentView:
        """The incident, once automation is through with it."""
        handle = self.client.get_workflow_handle(incident_id)

        async def through() -> bool:
            run = await handle.describe()
            if run.status is not WorkflowExecutionStatus.RUNNING:
                return True
            return run.typed_search_attributes.get(names.STAGE) == Box.RESOLVE

        deadline = time.monotonic() + PATIENCE
        while not await through():
            assert time.monotonic() < deadline, f"{incident_id} is not through: {self.told()}"
            await asyncio.sleep(0.1)
        return await self.view(incident_id)

    async def all_decided(self, count: int) -> None:
        """Wait until automation is through with so many incidents, by what the server lists."""
        ours = f'WorkflowType = "{names.WORKFLOW}"'
        over = f'{names.STAGE.name} = "{Box.RESOLVE}" OR ExecutionStatus = "Completed"'
        deadline = time.monotonic() + PATIENCE
        while (await self.client.count_workflows(f"{ours} AND ({over})")).count < count:
            assert time.monotonic() < deadline, f"not all {count} are through: {self.told()}"
            await asyncio.sleep(0.2)

    async def view(self, incident_id: str) -> IncidentView:
        """The incident as it is now."""
        found = await Lookup(self.client, self.records).find(incident_id)
        return found.view

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until it does; fails with `what` when that takes too long."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, f"not in {PATIENCE:.0f} s: {what}; {self.told()}"
            await asyncio.sleep(0.02)

    def lines(self, name: str) -> list[str]:
        """What the runbook's program has written into a file of this name."""
        file = self.place / name
        return file.read_text().splitlines() if file.exists() else []

    def started_by_runbooks(self) -> list[str]:
        """Every process that was started for a runbook and lives: supervisors, and all below."""
        ours, program = f"SITE={self.place}\0", f"{self.place}/runbook"
        found = (int(name) for name in os.listdir("/proc") if name.isdigit())
        return [
            f"{pid} {_read(pid, 'cmdline')}"
            for pid in found
            if ours in _read(pid, "environ") or program in _read(pid, "cmdline")
        ]

    def told(self) -> str:
        """The last that the workers have said."""
        return "\n".join(worker.errors[-1000:] for worker in self._workers)


@asynccontextmanager
async def open_site(
    place: Path, sink: str, program: str, runbook: dict[str, Any], guards: dict[str, Any]
) -> AsyncIterator[Site]:
    """A site without workers yet, whose runbook's `program` is beside the policy as `./runbook`."""
    (place / "runbook").write_text(program)
    (place / "runbook").chmod(0o755)
    policy = _policy(place, sink, runbook, {"cooldown": None, **guards})
    (place / "policy.yaml").write_text(yaml.safe_dump(policy))
    server = EmbeddedServer(Settings(data_dir=place / "server", temporal_port=0))
    await server.start()
    try:
        client = await connect_to(
            Endpoint(
                ClientConnectConfig(target_host=server.record.address, namespace=DEFAULT_NAMESPACE),
                configured=True,
            )
        )
        await register_search_attributes(client)
        with closing(Site(place, client, server)) as site:
            yield site
    finally:
        await server.stop()


def _policy(
    place: Path, sink: str, runbook: dict[str, Any], guards: dict[str, Any]
) -> dict[str, Any]:
    repair = {
        "title": "Free the press",
        "match": {"services": [SERVICE]},
        "environment": {"SITE": str(place)},
        "approval": "never",
    }
    people = {
        name: person | {"channels": {"phone": f"json://{sink}/{name}"}}
        for name, person in SMALL["people"].items()
    }
    return SMALL | {
        "services": {SERVICE: {"title": "Printing press"}},
        "people": people,
        "reporters": {"channels": {}},
        "storm": {"pages": None},
        "runbooks": {"free-press": repair | runbook},
        "guards": guards,
    }


def _read(pid: int, what: str) -> str:
    """What /proc has of a process; empty when it is gone, or a zombie."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/{what}").read_bytes().decode(errors="replace")
    return ""
