"""Standfast as it runs for real, for a benchmark: worker, embedded server and API as processes."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
from temporalio.client import Client

from benchmarks.usage import cpu_seconds, resident_bytes
from standfast.hosting.connection import connect
from standfast.hosting.data_directory import running_server
from standfast.hosting.settings import Settings, variable
from tests.patience import PATIENCE
from tests.ports import free_ports

REPOSITORY = Path(__file__).parents[1]


class Used(NamedTuple):
    """CPU seconds so far: of the workers' processes, the Temporal server's, the API's, and of this
    process, which drives them all.
    """

    worker: float
    server: float
    api: float
    driver: float

    def since(self, before: "Used") -> "Used":
        """What was used from then on."""
        return Used(*(now - then for now, then in zip(self, before, strict=True)))


class Resident(NamedTuple):
    """Bytes of memory (VmRSS): of the workers' processes, the Temporal server's and the API's."""

    worker: int
    server: int
    api: int


class Pids(NamedTuple):
    """The processes at the top; workers and API may have more below them."""

    worker: int
    server: int
    api: int

    def used(self) -> Used:
        """CPU so far."""
        return Used(
            cpu_seconds(self.worker, {self.server}),
            cpu_seconds(self.server),
            cpu_seconds(self.api),
            time.process_time(),
        )

    def resident(self) -> Resident:
        """Memory now."""
        return Resident(
            resident_bytes(self.worker, {self.server}),
            resident_bytes(self.server),
            resident_bytes(self.api),
        )


class Standfast(NamedTuple):
    """What runs, and how to reach it. `headers` are those of an operator, `token` theirs."""

    settings: Settings
    client: Client
    api: str
    headers: dict[str, str]
    token: str
    pids: Pids


class Api(NamedTuple):
    """An API that runs: its address, an operator's token, and its process."""

    address: str
    token: str
    pid: int


@asynccontextmanager
async def standfast(
    data_dir: Path,
    policy: Path,
    *,
    worker: Sequence[str] = ("worker.py",),
    variables: Mapping[str, str] | None = None,
) -> AsyncIterator[Standfast]:
    """Worker and API on free ports, until the block ends.

    worker: what Python runs as the worker.
    variables: more settings of the worker and the API.

    Raises:
        RuntimeError: one of them did not start; with what it said.
    """
    given = {
        variable("data_dir"): str(data_dir),
        variable("policy"): str(policy),
        variable("temporal_port"): "0",
        **(variables or {}),
    }
    settings = Settings(
        data_dir=data_dir,
        policy=policy,
        temporal_port=0,
        database_url=given.get(variable("database_url")),
    )
    said = data_dir.with_suffix(".log")
    process = _start(worker, given, said)
    try:
        await _says_that_it_runs(process, said)
        client = await connect(settings)
        async with api(given, said) as served:
            headers = {"Authorization": f"Bearer {served.token}"}
            pids = Pids(process.pid, _server_pid(data_dir), served.pid)
            yield Standfast(settings, client, served.address, headers, served.token, pids)
    finally:
        await _end(process)


def _server_pid(data_dir: Path) -> int:
    record = running_server(data_dir)
    if record is None or record.server_pid is None:
        raise RuntimeError(f"no Temporal server runs on {data_dir}")
    return record.server_pid


@asynccontextmanager
async def api(variables: Mapping[str, str], said: Path) -> AsyncIterator[Api]:
    """The API on a free port, until the block ends; `variables` lead it to server and records.

    Raises:
        RuntimeError: it did not start; with what it said, which is in the file `said`.
    """
    port = free_ports()
    settings = {**variables, variable("api_port"): str(port)}
    process = _start(("-m", "standfast.web"), settings, said)
    try:
        address = f"http://127.0.0.1:{port}"
        await _ready(address, process, said)
        yield Api(address, _token(variables), process.pid)
    finally:
        await _end(process)


def _start(
    what: Sequence[str], variables: Mapping[str, str], said: Path
) -> subprocess.Popen[bytes]:
    with said.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, *what],
            cwd=REPOSITORY,
            env={"PATH": os.environ["PATH"], **variables},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


async def _end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM; one that does not end by it is killed, and named on the standard error."""
    process.terminate()
    try:
        await asyncio.to_thread(process.wait, PATIENCE)
    except subprocess.TimeoutExpired as late:
        print(f"killed, for it did not end: {late}", file=sys.stderr)
        process.kill()
        process.wait()


async def _says_that_it_runs(process: subprocess.Popen[bytes], said: Path) -> None:
    async with asyncio.timeout(PATIENCE):
        while "Ctrl-C stops it" not in _words(said):
            _still_runs(process, said)
            await asyncio.sleep(0.1)


async def _ready(api: str, process: subprocess.Popen[bytes], said: Path) -> None:
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient(base_url=api) as http:
        while True:
            _still_runs(process, said)
            try:
                if (await http.get("/readyz")).is_success:
                    return
            except httpx.TransportError:
                pass  # not listening yet
            await asyncio.sleep(0.1)


def _words(said: Path) -> str:
    return said.read_text(errors="replace")


def _still_runs(process: subprocess.Popen[bytes], said: Path) -> None:
    if process.poll() is not None:
        raise RuntimeError(f"it has ended:\n{_words(said)[-2000:]}")


def _token(variables: Mapping[str, str]) -> str:
    """A token of an operator, made as a person makes it."""
    made = subprocess.run(
        [
            *(sys.executable, "starter.py", "token", "create"),
            *("--name", "benchmark", "--role", "operator", "--json"),
        ],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], **variables},
        check=True,
        capture_output=True,
    )
    return str(json.loads(made.stdout)["token"])
