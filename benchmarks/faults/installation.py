"""Standfast on a data directory of its own: worker, Temporal server and API, kept running.

A process that ends by itself is started again at once, as a service manager would.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import yaml
from temporalio.client import Client
from temporalio.envconfig import ClientConnectConfig

from benchmarks.faults.clock import Clock
from benchmarks.faults.disk import small_disk
from benchmarks.faults.sink import Sink
from benchmarks.processes import REPOSITORY
from standfast.hosting.connection import DEFAULT_NAMESPACE, LOOPBACK, Endpoint, connect_to
from standfast.hosting.data_directory import running_server
from standfast.hosting.encryption import payload_encryption
from standfast.hosting.settings import Settings, variable
from standfast.incidents.roles import Role
from standfast.mail.threading import SOURCE as MAIL
from standfast.records.store import RecordStore
from standfast.records.tokens import NewToken
from tests.durability.company import write_policy
from tests.ports import free_ports

MONITOR, MONITORED = "monitor", "db"
"""A source of webhooks, and the service that it reports."""

_UP_WITHIN = 60.0
_ENDS_WITHIN = 20.0
_LOOKS_EVERY = 0.2


class Service:
    """One process that is kept running from `start` to `stop`."""

    def __init__(self, command: Sequence[str], variables: dict[str, str], log: Path) -> None:
        self.variables = variables
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Of the process that runs, or was the last to."""
        assert self._process, "not started"
        return self._process.pid

    def start(self) -> None:
        """Start it, and again whenever it ends."""
        self._begin()
        self._keeper = asyncio.create_task(self._keep())

    def send(self, number: signal.Signals) -> None:
        """A signal, if it runs."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(number)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Let it end, and not come back; by force when it takes too long."""
        if self._keeper:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        self.send(signal.SIGCONT)
        self.send(number)
        if self._process:
            try:
                await asyncio.to_thread(self._process.wait, _ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _begin(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._command],
                cwd=REPOSITORY,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(_LOOKS_EVERY)
            assert self._process
            if self._process.poll() is not None:
                self._begin()


class Installation:
    """What runs, how to reach it, and what the faults strike."""

    def __init__(self, place: Path, sink: Sink, first_port: int, small: bool) -> None:
        self.place, self.sink, self.has_small_disk = place, sink, small
        self.data = place / "data"
        self.clock = Clock(place)
        policy = _write_policy(place, sink.address)
        self.api_url = f"http://{LOOPBACK}:{first_port + 1}"
        self.settings = Settings(data_dir=self.data, policy=policy, temporal_port=first_port)
        ours = {
            "data_dir": str(self.data),
            "policy": str(policy),
            "temporal_port": str(first_port),
            "api_port": str(first_port + 1),
            "grace": "5s",
            "worker_processes": "1",  # the faults strike it alone
        }
        self.variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(place),  # by which all that is started here is known
            "PYTHONUNBUFFERED": "1",
            **{variable(field): value for field, value in ours.items()},
        }
        jumps = {**self.variables, **self.clock.variables}
        self.worker = Service(["worker.py"], dict(jumps), place / "worker.log")
        self.api = Service(["-m", "standfast.web"], dict(jumps), place / "api.log")
        records = RecordStore(self.settings.records_url)
        try:
            # Who takes reports does not approve what comes of them.
            self.desk, self.operator = (
                records.tokens.create(NewToken(name=name, role=Role.OPERATOR)).secret
                for name in ("desk", "op")
            )
            self.keys = {
                name: records.tokens.create(NewToken(name=name, source=name)).secret
                for name in (MONITOR, MAIL)
            }
        finally:
            records.close()
        self.builds = 0

    async def start(self) -> None:
        """Return when the worker runs incidents and the API is ready."""
        self.worker.start()
        self.api.start()
        await self.until(lambda: running_server(self.data) is not None, "the server has started")
        async with httpx.AsyncClient(base_url=self.api_url) as http:
            deadline = time.monotonic() + _UP_WITHIN
            while not await _is_ready(http):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"not up in {_UP_WITHIN:.0f} s: {self.last_words()}")
                await asyncio.sleep(_LOOKS_EVERY)

    async def client(self) -> Client:
        """A client of this installation's server."""
        address = f"{LOOPBACK}:{self.settings.temporal_port}"
        options = ClientConnectConfig(target_host=address, namespace=DEFAULT_NAMESPACE)
        encryption = payload_encryption(self.settings, configured=False)
        return await connect_to(
            Endpoint(options, configured=True, encryption=encryption), within=_UP_WITHIN
        )

    def server_pid(self) -> int | None:
        """The Temporal server's process; None while there is none."""
        record = running_server(self.data)
        pid = record.server_pid if record else None
        return pid if pid and str(self.data) in _read(pid, "cmdline") else None

    def signal_server(self, number: signal.Signals) -> None:
        """A signal to the Temporal server, if it runs."""
        if pid := self.server_pid():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    async def until(
        self, holds: Callable[[], bool], what: str, *, within: float = _UP_WITHIN
    ) -> None:
        """Wait until it does.

        Raises:
            TimeoutError: it does not within so many seconds.
        """
        deadline = time.monotonic() + within
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not in {within:.0f} s: {what}: {self.last_words()}")
            await asyncio.sleep(_LOOKS_EVERY)

    def worker_says(self, words: str) -> int:
        """How often a worker has said that."""
        log = self.place / "worker.log"
        return log.read_text(errors="replace").count(words) if log.exists() else 0

    def last_words(self) -> str:
        """The end of what the processes have logged."""
        logs = (self.place / "worker.log", self.place / "api.log")
        return "\n".join(log.read_text(errors="replace")[-1500:] for log in logs if log.exists())

    def logs(self) -> str:
        """All that the processes have logged."""
        return "\n".join(
            f"== {log.name}\n{log.read_text(errors='replace')}"
            for log in sorted(self.place.glob("*.log"))
        )

    async def end(self) -> None:
        """Stop everything that was started here, by force what does not go."""
        await asyncio.gather(self.api.stop(), self.worker.stop())
        with suppress(TimeoutError):
            await self.until(lambda: not self._left(), "all is gone", within=_ENDS_WITHIN)
        for pid in self._left():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _left(self) -> list[int]:
        home = f"HOME={self.place}\0"
        found = (int(name) for name in os.listdir("/proc") if name.isdigit())
        return [pid for pid in found if home in _read(pid, "environ")]


@asynccontextmanager
async def open_installation(place: Path, sink: Sink) -> AsyncIterator[Installation]:
    """An installation in the directory `place`, at work until the block ends."""
    with small_disk(place / "data") as small:
        installation = Installation(place, sink, free_ports(2), small)
        try:
            await installation.start()
            yield installation
        finally:
            await installation.end()


async def _is_ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).is_success
    except httpx.TransportError:
        return False


def _write_policy(place: Path, sink: str) -> Path:
    """The crash story's company, with a monitor of a service that its own word resolves."""
    policy = yaml.safe_load(write_policy(place / "company.yaml", sink, place).read_text())
    policy["services"][MONITORED] = {
        "title": "Database",
        "category": "software",
        "verify": ["system_tests"],
    }
    policy["sources"] = {
        MONITOR: {
            "title": "Monitor",
            "resolves": True,
            "mappings": {
                "alert": {
                    "key": "{key}",
                    "state": "{status}",
                    "states": {"trigger": "firing", "resolve": "resolved"},
                    "title": "{title}",
                    "service": "{service}",
                }
            },
        }
    }
    path = place / "policy.yaml"
    path.write_text(yaml.safe_dump(policy))
    return path


def _read(pid: int, what: str) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/{what}").read_bytes().decode(errors="replace")
    return ""
