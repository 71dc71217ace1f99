"""The API as a process of its own, on a desk's server and records, which may be killed."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from standfast.records.tokens import NewToken
from tests.hosting.processes import eventually
from tests.patience import PATIENCE
from tests.stories.desk import Desk

REPOSITORY = Path(__file__).parents[3]


class ApiProcess:
    """`python -m standfast.web` on a port that stays the same over its lives."""

    def __init__(self, desk: Desk) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = int(free.getsockname()[1])
        self.address = f"http://127.0.0.1:{self._port}"
        self._desk = desk
        self._log = desk.place / "api.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is ready."""
        variables = {
            "PATH": os.environ["PATH"],
            "TEMPORAL_ADDRESS": self._desk.client.service_client.config.target_host,
            "STANDFAST_DATA_DIR": str(self._desk.place),
            "STANDFAST_TASK_QUEUE": self._desk.task_queue,
            "STANDFAST_POLICY": str(self._desk.policy.path),
            "STANDFAST_API_PORT": str(self._port),
        }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "standfast.web"],
                cwd=REPOSITORY,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        eventually(self._is_ready, f"the API is ready; {self._log}")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process:
            self._process.kill()
            self._process.wait(PATIENCE)

    def stop(self) -> None:
        """End it as an operator would."""
        if self._process:
            self._process.terminate()
            self._process.wait(PATIENCE)

    def source_key(self, source: str) -> str:
        """A new key of a source."""
        return self._desk.records.tokens.create(NewToken(name=source, source=source)).secret

    def _is_ready(self) -> bool:
        if self._process and self._process.poll() is not None:
            raise AssertionError(f"the API has ended:\n{self._log.read_text()[-2000:]}")
        try:
            return httpx.get(f"{self.address}/readyz", trust_env=False).is_success
        except httpx.TransportError:
            return False


@contextmanager
def an_api(desk: Desk) -> Iterator[ApiProcess]:
    """A running API, stopped at the end."""
    process = ApiProcess(desk)
    try:
        process.start()
        yield process
    finally:
        process.stop()
