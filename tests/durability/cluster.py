"""Machines that run workers and APIs on one Temporal server and one record store.

Each machine is a data directory, with a process in it that knows nothing of the others. What they
share they are told by the variables that a team would set: see docs/cluster.md.
"""

import asyncio
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.hosting.worker_process import Process

_SERVES = re.compile(r"Console +(http://\S+)")


class Api(NamedTuple):
    """An API at work: its process and its address."""

    process: Process
    address: str


class Cluster:
    """What its machines share, and their processes."""

    def __init__(self, place: Path, database_url: str, policy: Path) -> None:
        """Take a directory for the machines, and what all of them use."""
        self.shared = {
            "STANDFAST_DATABASE_URL": database_url,
            "STANDFAST_POLICY": str(policy),
            "STANDFAST_SIGNING_KEY": secrets.token_hex(32),
            "STANDFAST_API_PORT": "0",
            "STANDFAST_GRACE": "1s",
            "STANDFAST_WORKER_PROCESSES": "1",  # one worker, one process: the one that is killed
        }
        self._place = place
        self._processes: list[Process] = []

    async def worker(self, temporal: Mapping[str, str]) -> Process:
        """One more machine with a worker, at work; `temporal` are the variables that lead it."""
        worker = self.starts("worker.py", temporal=temporal)
        await asyncio.to_thread(worker.says, "Ctrl-C stops it")
        return worker

    async def api(self, temporal: Mapping[str, str]) -> Api:
        """One more machine with an API, which listens."""
        process = self.starts("-m", "standfast.web", temporal=temporal)
        await asyncio.to_thread(process.says, "(and the API)")
        served = _SERVES.search(process.words)
        assert served
        return Api(process, served[1])

    def starts(self, *command: str, temporal: Mapping[str, str]) -> Process:
        """One more machine, where that has just been started."""
        data = self._place / f"machine-{len(self._processes) + 1}"
        process = Process(data, {**self.shared, **temporal}, command=command)
        self._processes.append(process)
        return process

    def kill(self) -> None:
        """Kill all that still runs."""
        for process in self._processes:
            process.kill()

    def told(self) -> str:
        """The last that all processes have said."""
        return "\n".join(process.errors[-1000:] for process in self._processes)
