"""Where a log is replayed: a Temporal server on virtual time, and real workers, as shipped."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.testing import WorkflowEnvironment

from benchmarks.replay.log import LoggedIncident
from benchmarks.replay.plan import closes_by_itself
from benchmarks.replay.policy import TEMPLATE, write_policies
from standfast import CODE
from standfast.hosting.connection import quiet_runtime
from standfast.hosting.errors import HostingError
from standfast.hosting.settings import variable
from standfast.programs.running import (
    RunningProgram,
    inherited_environment,
    start_program,
    to_completion,
)
from standfast.records.store import RecordStore
from tests.conftest import virtual_time

FIVE_DAYS, PATIENT = "five-days", "patient"
"""The task queues, each with the policy of that name."""

_WORKER = str(CODE / "worker.py")
_WORKERS = (FIVE_DAYS, PATIENT)
"""Beside the server they keep two cores busy."""

_MEMORY = Path("/dev/shm")  # noqa: S108 - only whoever runs it, and root, may read what is in it
_GRACE = timedelta(seconds=2)


class StageFailed(HostingError):  # noqa: N818
    """A worker has ended; says what it said last."""


@dataclass(frozen=True)
class Stage:
    """What is up."""

    env: WorkflowEnvironment
    records: RecordStore
    workers: Sequence[RunningProgram]
    log: Path

    async def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Do that work while the workers live.

        Raises:
            StageFailed: one of them does not.
        """
        working = asyncio.create_task(work)
        deaths = [asyncio.create_task(process.wait()) for process in self.workers]
        try:
            await asyncio.wait([working, *deaths], return_when=asyncio.FIRST_COMPLETED)
            if any(death.done() for death in deaths):
                said = self.log.read_text(errors="replace").strip().splitlines()
                raise StageFailed(f"a worker has ended: {' / '.join(said[-3:])}")
        finally:
            for task in (working, *deaths):
                task.cancel()
            await asyncio.gather(working, *deaths, return_exceptions=True)
        working.result()

    def task_queue(self, incident: LoggedIncident) -> str:
        """Whose policy fits how the log closes it."""
        return FIVE_DAYS if closes_by_itself(incident) else PATIENT


@contextmanager
def place_of_its_own() -> Iterator[Path]:
    """A place for the records and messages of a replay, in memory where the machine has that."""
    usable = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)
    with tempfile.TemporaryDirectory(dir=_MEMORY if usable else None) as directory:
        yield Path(directory)


@asynccontextmanager
async def staged(
    place: Path, incidents: Iterable[LoggedIncident], template: Path = TEMPLATE
) -> AsyncIterator[Stage]:
    """Server, workers and record store, for these incidents; all of it ends with the block."""
    policies = write_policies(place, incidents, template)
    files = {FIVE_DAYS: policies.five_days, PATIENT: policies.patient}
    records = RecordStore(f"sqlite:///{place}/records.db")
    async with AsyncExitStack() as ends:
        ends.callback(records.close)
        env = await ends.enter_async_context(virtual_time(quiet_runtime()))
        address = env.client.service_client.config.target_host
        workers = []
        said = place / "workers.log"
        with said.open("ab") as log:
            for name in _WORKERS:
                process = await start_program(
                    [sys.executable, _WORKER],
                    env=_environment(place, address, name, files[name]),
                    cwd=place,
                    stdout=log,
                    stderr=log,
                    grace=_GRACE,
                )
                ends.push_async_callback(_end, process)
                workers.append(process)
        yield Stage(env, records, workers, said)


async def _end(process: RunningProgram) -> None:
    await to_completion(process.end())


def _environment(place: Path, address: str, queue: str, policy: Path) -> dict[str, str]:
    """What a worker gets: our settings, and nothing of the user's for any other Temporal."""
    ours = {
        "data_dir": place,
        "policy": policy,
        "task_queue": queue,
        "grace": "1s",
        "worker_processes": 1,
    }
    return inherited_environment() | {
        "HOME": str(place),
        "TEMPORAL_ADDRESS": address,
        **{variable(field): str(value) for field, value in ours.items()},
    }
