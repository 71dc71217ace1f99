"""The machine of the crash story: a real worker with its Temporal server, and ways to kill them."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from temporalio.client import Client
from temporalio.envconfig import ClientConnectConfig

from standfast.hosting.connection import DEFAULT_NAMESPACE, LOOPBACK, Endpoint, connect_to
from standfast.hosting.data_directory import running_server
from standfast.hosting.encryption import payload_encryption
from standfast.hosting.settings import Settings, variable
from tests.durability.company import write_policy
from tests.patience import PATIENCE
from tests.ports import free_ports

WORKER = Path(__file__).parents[2] / "worker.py"

_UP = "Standfast runs incidents."
_SERVER_UP_AGAIN = "The Temporal server runs again"


class Blow(StrEnum):
    """Ways to kill, all by SIGKILL."""

    WORKER = "worker, whose supervisor ends its server"
    SERVER = "server, which its worker starts again"
    BOTH = "worker and server at once"
    STARTING = "worker, and again while it starts"


class Machine:
    """One data directory, and the processes that run on it one after the other."""

    def __init__(self, place: Path, sink: str) -> None:
        policy = write_policy(place / "policy.yaml", sink, place)
        # The same port after every restart, so that a client finds the server again. All else is
        # as shipped, whatever the variables of whoever runs the tests say.
        ours = {
            "data_dir": place / "data",
            "policy": policy,
            "temporal_port": free_ports(),
        }
        shipped = {name: field.default for name, field in Settings.model_fields.items()}
        self.settings = Settings(**(shipped | ours))
        self.place = place
        self.log = place / "worker.log"
        self._worker: subprocess.Popen[bytes] | None = None
        self._said = 0
        self._falls = 0

    async def start(self) -> None:
        """Start the worker and return when it runs incidents."""
        self._begin()
        await self._until(lambda: _UP in self._words(), "the worker comes up")

    async def client(self) -> Client:
        """A client of this machine's server, and of no other that is configured somewhere."""
        address = f"{LOOPBACK}:{self.settings.temporal_port}"
        options = ClientConnectConfig(target_host=address, namespace=DEFAULT_NAMESPACE)
        encryption = payload_encryption(self.settings, configured=False)
        return await connect_to(Endpoint(options, configured=False, encryption=encryption))

    def kill(self, blow: Blow) -> None:
        """The first blow, all that falls at once."""
        if blow is not Blow.SERVER:
            self._kill_worker()
        if blow in (Blow.SERVER, Blow.BOTH):
            self._falls = self._words().count(_SERVER_UP_AGAIN)
            self._kill_server()

    async def recover(self, blow: Blow, second_after: float) -> None:
        """Return when all is up again; the second blow of STARTING falls after so many seconds."""
        if blow is Blow.SERVER:
            await self._until(
                lambda: self._words().count(_SERVER_UP_AGAIN) > self._falls,
                "the server comes up again",
            )
            return
        if blow is Blow.STARTING:
            self._begin()
            await asyncio.sleep(second_after)
            self._kill_worker()
        await self.start()

    async def stop(self) -> int:
        """SIGTERM, as an operator would; the worker's exit code."""
        worker = self._running()
        worker.terminate()
        await self._until(lambda: worker.poll() is not None, "the worker ends", alive=False)
        return worker.returncode

    async def leaves_nothing(self) -> None:
        """Wait until no process is left that this machine has started."""
        await self._until(lambda: not self._left(), "all processes are gone", alive=False)

    def close(self) -> None:
        """Kill the worker if it still runs; its supervisors end the rest."""
        if self._worker and self._worker.poll() is None:
            self._worker.kill()
            self._worker.wait()

    def effects(self) -> list[str]:
        """What the runbooks have done so far, by key: a line for each effect."""
        file = self.place / "effects"
        return file.read_text().splitlines() if file.exists() else []

    async def until_an_effect(self, within: float) -> None:
        """Wait for the next effect of a runbook, or until so many seconds are over."""
        before, deadline = self.effects(), time.monotonic() + within
        while time.monotonic() < deadline:
            if self.effects() != before:
                return
            await asyncio.sleep(0.05)

    def last_words(self) -> str:
        """The end of what the workers have logged."""
        if not self.log.exists():
            return "nothing"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def _begin(self) -> None:
        ours = {
            "data_dir": str(self.settings.data_dir),
            "policy": str(self.settings.policy),
            "temporal_port": str(self.settings.temporal_port),
            "grace": "5s",
            "worker_processes": "1",  # the blows fall on it alone
        }
        self._said = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._worker = subprocess.Popen(
                [sys.executable, str(WORKER)],
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(self.place),  # where there is no temporal.toml
                    "PYTHONUNBUFFERED": "1",
                    **{variable(field): value for field, value in ours.items()},
                },
                cwd=self.place,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._worker is not None, "not started"
        code = self._worker.poll()
        assert code is None, f"the worker ended by itself, exit code {code}: {self.last_words()}"
        return self._worker

    def _kill_worker(self) -> None:
        worker = self._running()
        worker.kill()
        worker.wait()

    def _kill_server(self) -> None:
        # The record outlives the worker for as long as its server does.
        record = running_server(self.settings.data_dir)
        if record and record.server_pid and self._is_ours(record.server_pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(record.server_pid, signal.SIGKILL)

    def _is_ours(self, pid: int) -> bool:
        """Whether that process works on our data: never kill a stranger with a reused id."""
        return str(self.settings.data_dir) in _read(pid, "cmdline")

    def _left(self) -> list[str]:
        """The processes that live in our place: worker, server, supervisors, runbooks, whatever."""
        home = f"HOME={self.place}\0"
        found = (int(name) for name in os.listdir("/proc") if name.isdigit())
        return [f"{pid} {_read(pid, 'cmdline')}" for pid in found if home in _read(pid, "environ")]

    def _words(self) -> str:
        with self.log.open("rb") as log:
            log.seek(self._said)
            return log.read().decode(errors="replace")

    async def _until(self, holds: Callable[[], bool], what: str, *, alive: bool = True) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if alive:
                self._running()
            assert time.monotonic() < deadline, f"in vain for {PATIENCE:.0f} s: {what}"
            await asyncio.sleep(0.05)


def _read(pid: int, what: str) -> str:
    """What /proc has of a process; empty when it is gone, or a zombie."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/{what}").read_bytes().decode(errors="replace")
    return ""
