"""Standfast as it runs for real, for a benchmark: worker, embedded server and API as processes."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
from temporalio.client import Client

from standfast.hosting.connection import connect
from standfast.hosting.settings import Settings
from tests.patience import PATIENCE

REPOSITORY = Path(__file__).parents[1]


class Standfast(NamedTuple):
    """What runs, and how to reach it. `headers` are those of an operator."""

    settings: Settings
    client: Client
    api: str
    headers: dict[str, str]


class Api(NamedTuple):
    """An API that runs: its address, and an operator's token."""

    address: str
    token: str


@asynccontextmanager
async def standfast(data_dir: Path, policy: Path) -> AsyncIterator[Standfast]:
    """Worker and API on free ports, until the block ends.

    Raises:
        RuntimeError: one of them did not start; with what it said.
    """
    settings = Settings(data_dir=data_dir, policy=policy, temporal_port=0, ui_port=0)
    variables = {
        "STANDFAST_DATA_DIR": str(data_dir),
        "STANDFAST_POLICY": str(policy),
        "STANDFAST_TEMPORAL_PORT": "0",
        "STANDFAST_UI_PORT": "0",
    }
    said = data_dir.with_suffix(".log")
    worker = _start("worker.py", variables, said)
    try:
        client = await _client(settings, worker, said)
        async with api(variables, said) as served:
            headers = {"Authorization": f"Bearer {served.token}"}
            yield Standfast(settings, client, served.address, headers)
    finally:
        await _end(worker)


@asynccontextmanager
async def api(variables: Mapping[str, str], said: Path) -> AsyncIterator[Api]:
    """The API on a free port, until the block ends; `variables` lead it to server and records.

    Raises:
        RuntimeError: it did not start; with what it said, which is in the file `said`.
    """
    port = _free_port()
    process = _start("-m", {**variables, "STANDFAST_API_PORT": str(port)}, said, "standfast.web")
    try:
        address = f"http://127.0.0.1:{port}"
        await _ready(address, process, said)
        yield Api(address, _token(variables))
    finally:
        await _end(process)


def _start(
    what: str, variables: Mapping[str, str], said: Path, *arguments: str
) -> subprocess.Popen[bytes]:
    with said.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, what, *arguments],
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


async def _client(settings: Settings, worker: subprocess.Popen[bytes], said: Path) -> Client:
    async with asyncio.timeout(PATIENCE):
        while "Ctrl-C stops it" not in _words(said):
            _still_runs(worker, said)
            await asyncio.sleep(0.1)
    return await connect(settings)


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


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
