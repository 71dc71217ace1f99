"""Standfast as it runs for real, for a benchmark: worker, embedded server and API as processes."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
from temporalio.client import Client

from hosting.connection import connect
from hosting.settings import Settings

REPOSITORY = Path(__file__).parents[1]

_PATIENCE = 60.0
"""Seconds for a process to start or to stop."""


class Standfast(NamedTuple):
    """What runs, and how to reach it. `headers` are those of an operator."""

    settings: Settings
    client: Client
    api: str
    headers: dict[str, str]


@asynccontextmanager
async def standfast(data_dir: Path, policy: Path) -> AsyncIterator[Standfast]:
    """Worker and API on free ports, until the block ends.

    Raises:
        RuntimeError: one of them did not start; with what it said.
    """
    port = _free_port()
    settings = Settings(data_dir=data_dir, policy=policy, temporal_port=0, ui_port=0)
    variables = {
        "PATH": os.environ["PATH"],
        "STANDFAST_DATA_DIR": str(data_dir),
        "STANDFAST_POLICY": str(policy),
        "STANDFAST_TEMPORAL_PORT": "0",
        "STANDFAST_UI_PORT": "0",
        "STANDFAST_API_PORT": str(port),
    }
    running: list[subprocess.Popen[bytes]] = []
    said = data_dir.with_suffix(".log")
    try:
        with said.open("wb") as log:
            running.append(_start("worker.py", variables, log.fileno()))
            client = await _client(settings, running[0], said)
            running.append(_start("-m", variables, log.fileno(), "api"))
            api = f"http://127.0.0.1:{port}"
            await _ready(api, running[1], said)
            yield Standfast(settings, client, api, {"Authorization": f"Bearer {_token(variables)}"})
    finally:
        for process in reversed(running):
            process.terminate()
            await asyncio.to_thread(process.wait, _PATIENCE)


def _start(
    what: str, variables: dict[str, str], log: int, *arguments: str
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, what, *arguments],
        cwd=REPOSITORY,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )


async def _client(settings: Settings, worker: subprocess.Popen[bytes], said: Path) -> Client:
    async with asyncio.timeout(_PATIENCE):
        while "Ctrl-C stops it" not in _words(said):
            _still_runs(worker, said)
            await asyncio.sleep(0.1)
    return await connect(settings)


async def _ready(api: str, process: subprocess.Popen[bytes], said: Path) -> None:
    async with asyncio.timeout(_PATIENCE), httpx.AsyncClient(base_url=api) as http:
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


def _token(variables: dict[str, str]) -> str:
    """A token of an operator, made as a person makes it."""
    made = subprocess.run(
        [
            *(sys.executable, "starter.py", "token", "create"),
            *("--name", "benchmark", "--role", "operator", "--json"),
        ],
        cwd=REPOSITORY,
        env=variables,
        check=True,
        capture_output=True,
    )
    return str(json.loads(made.stdout)["token"])


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
