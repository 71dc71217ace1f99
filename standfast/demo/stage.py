"""The environment of the demo: a temporary directory, Fernhill's machines, and a worker.

Everything is in one directory. The worker is a real process, and so is the Temporal server that it
runs; both are supervised, so that they end with this process, however it ends.
"""

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from temporalio.client import Client
from temporalio.envconfig import ClientConnectConfig

from standfast import CODE
from standfast.hosting.connection import Endpoint, connect_to
from standfast.hosting.data_directory import ServerRecord, running_server
from standfast.hosting.encryption import payload_encryption
from standfast.hosting.errors import HostingError
from standfast.hosting.records import open_records
from standfast.hosting.settings import Settings, variable
from standfast.policy_file.loading import load_policy
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.programs.running import (
    RunningProgram,
    inherited_environment,
    start_program,
    to_completion,
)

READY_WITHIN = 60.0
"""Seconds for worker and server to start; they need about three."""

_GONE_WITHIN = 20.0
_END_WITHIN = timedelta(seconds=1)
_WORKER = str(CODE / "worker.py")
_READY = "Standfast runs incidents."

_MACHINES = {
    "resolver/cache": "intranet.fernhill.example 10.1.0.4 (the old server)\n",
    "print-server/stuck-job": "label 48113\n",
    "nightly-load/delivery.csv": "order;amount\n20817;39.90\n20818;",
    "website/front-page": "sorry, something went wrong\n",
    "website/good-page": "open\n",
    "erp/orders.log": "",
}
"""Fernhill's machines as files beside the policy, as they are before the first report."""


class StageFailed(HostingError):  # noqa: N818
    """The demo cannot go on; the text has the worker's last output."""


class Killed(NamedTuple):
    """The processes that a power cut has ended."""

    worker_pid: int
    server_pid: int


class Stage:
    """The worker process and what it works with, all below `place`."""

    def __init__(self, place: Path) -> None:
        policies = place / "policy"
        shutil.copytree(SHIPPED_POLICY.parent, policies)
        self.place = place
        self.machines = policies / "machines"
        for name, text in _MACHINES.items():
            self.put(name, text)
        # A runbook runs in a directory of its own, so it needs the machines' whole path.
        demo = policies / "demo.yaml"
        demo.write_text(demo.read_text().replace("machines/", f"{self.machines}/"))
        self.settings = _settings(place / "data", policies / "demo.yaml")
        self.policy = load_policy(self.settings.policy)
        self.records = open_records(self.settings)
        self._log = place / "worker.log"
        self._process: RunningProgram | None = None
        self._server: ServerRecord | None = None
        self._client: Client | None = None

    @property
    def client(self) -> Client:
        """A client of the Temporal server that runs here."""
        if self._client is None:
            raise RuntimeError("nothing runs on this stage")
        return self._client

    @property
    def server(self) -> ServerRecord:
        """Where the Temporal server answers."""
        if self._server is None:
            raise RuntimeError("nothing has been started on this stage")
        return self._server

    async def start(self) -> None:
        """Start the worker, the second time on the same data and ports; return once it runs.

        Raises:
            StageFailed: it ended, or did not start in time.
        """
        with self._log.open("ab") as log:
            said = log.tell()
            self._process = await start_program(
                [sys.executable, _WORKER],
                env=self._environment(),
                cwd=self.place,
                stdout=log,
                stderr=log,
                grace=_END_WITHIN,
            )
        await self._until_ready(self._process, said)
        self._server = running_server(self.settings.data_dir)
        self._client = await connect_to(
            Endpoint(
                ClientConnectConfig(
                    target_host=self.server.address, namespace=self.server.namespace
                ),
                configured=False,
                encryption=payload_encryption(self.settings, configured=False),
            )
        )

    async def pull_the_plug(self) -> Killed:
        """SIGKILL the worker and its server, and return when both have ended.

        Raises:
            StageFailed: they do not end.
        """
        if self._process is None or self.server.server_pid is None:
            raise RuntimeError("nothing runs that could be killed")
        killed = Killed(self._process.pid, self.server.server_pid)
        # The worker first: it would restart a server that is killed.
        for pid in killed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process, self._process, self._client = self._process, None, None
        await to_completion(process.end())
        await _until(
            lambda: running_server(self.settings.data_dir) is None and not any(map(_lives, killed)),
            f"the killed processes {killed.worker_pid} and {killed.server_pid} are still there",
        )
        return killed

    async def ended(self) -> None:
        """Wait while the worker runs; StageFailed when it ends by itself."""
        while True:
            process = self._process
            if process is None:
                await asyncio.sleep(0.2)
                continue
            await process.wait()
            if process is self._process:
                raise StageFailed(f"the demo's worker ended: {self._last_words()}")

    async def close(self) -> None:
        """Stop everything that runs. Call it at any time, repeatedly; it is not interrupted."""
        self.records.close()
        if self._process:
            process, self._process = self._process, None
            await to_completion(process.end())

    def put(self, name: str, text: str) -> None:
        """Change one of Fernhill's machines."""
        path = self.machines / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def has(self, name: str) -> bool:
        """Whether there is such a file on Fernhill's machines."""
        return (self.machines / name).exists()

    def _environment(self) -> dict[str, str]:
        """The worker's environment: our settings, and none of the user's for another Temporal."""
        port = self._server.address.rpartition(":")[2] if self._server else "0"
        ours = {
            "data_dir": str(self.settings.data_dir),
            "policy": str(self.settings.policy),
            "grace": "1s",
            "worker_processes": "1",
            "temporal_port": port,
        }
        # A home of its own, so that it finds no temporal.toml.
        return inherited_environment() | {
            "HOME": str(self.place),
            "PYTHONUNBUFFERED": "1",
            **{variable(field): value for field, value in ours.items()},
        }

    async def _until_ready(self, process: RunningProgram, said: int) -> None:
        ending = asyncio.create_task(process.wait())
        try:
            await _until(
                lambda: ending.done() or _READY in self._words(said),
                f"the demo's worker did not come up within {READY_WITHIN:.0f} s",
                READY_WITHIN,
            )
        finally:
            ending.cancel()
        if ending.done() and not ending.cancelled():
            raise StageFailed(f"the demo's worker ended while starting: {self._last_words()}")

    def _words(self, since: int = 0) -> str:
        return self._log.read_bytes()[since:].decode(errors="replace")

    def _last_words(self) -> str:
        lines = [line.strip() for line in self._words().splitlines() if line.strip()]
        return " / ".join(lines[-3:]) or "it said nothing"


def _settings(data_dir: Path, policy_file: Path) -> Settings:
    """The demo's settings, without the user's environment variables."""
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    return Settings(**(defaults | {"data_dir": data_dir, "policy": policy_file}))


async def _until(holds: Callable[[], bool], otherwise: str, within: float = _GONE_WITHIN) -> None:
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            raise StageFailed(otherwise)
        await asyncio.sleep(0.05)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
