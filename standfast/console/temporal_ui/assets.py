"""The pages and scripts of Temporal's web UI, from the program that has them.

They are inside the `temporal` program, which shows them only while it runs a server. So one is
started when somebody opens the UI: empty, in memory, with nothing of ours in it. It ends when
nothing more was asked of it for a while; what it gave is kept.
"""

import asyncio
import secrets
import subprocess
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, Self

import httpx

from standfast.console.temporal_ui.link import PREFIX
from standfast.hosting.connection import LOOPBACK
from standfast.hosting.errors import ServerFailed
from standfast.hosting.temporal_program import free_port, temporal_program
from standfast.outgoing.egress import trusted_certificates
from standfast.programs.running import (
    CannotStart,
    RunningProgram,
    inherited_environment,
    start_program,
)

INDEX = ""
"""The path of the one page, whose scripts show all the others."""

IDLE = 60.0
"""Seconds after which the program is ended."""

_UP_WITHIN = 30.0
_ANSWERS_WITHIN = 10.0
_LARGEST = 64_000_000
"""Bytes that are kept; all of version 2.54 has 20 million."""


class Asset(NamedTuple):
    """A file of the UI, or the status with which there is none."""

    status: int
    content_type: str
    content: bytes


class TemporalAssets:
    """Gets the files of the UI, and keeps them. For one event loop; ends the program on exit."""

    def __init__(self, idle: float = IDLE) -> None:
        """`idle` is in seconds."""
        self._idle = idle
        self._kept: dict[str, Asset] = {}
        self._starting = asyncio.Lock()
        self._source: _Source | None = None
        self._fetching = 0
        self._ending: asyncio.TimerHandle | None = None
        self._ends: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._end()
        if self._ends:
            await asyncio.wait(self._ends)

    async def get(self, path: str) -> Asset:
        """The file of that path, which has no slash before it.

        Raises:
            ServerFailed: the program is missing, or does not come up.
        """
        if path not in self._kept:
            asset = await self._fetch(path)
            if asset.status != httpx.codes.OK:
                return asset
            if sum(len(one.content) for one in self._kept.values()) > _LARGEST:
                self._kept.clear()
            self._kept[path] = asset
        return self._kept[path]

    async def _fetch(self, path: str) -> Asset:
        if self._ending:
            self._ending.cancel()
        self._fetching += 1
        try:
            async with self._starting:
                if self._source is None:
                    self._source = await _Source.start()
                source = self._source
            answer = await source.http.get(f"{PREFIX}/{path}")
        except httpx.InvalidURL:
            return Asset(httpx.codes.NOT_FOUND, "text/plain", b"")
        except httpx.HTTPError as error:
            self._end()  # the next one to ask starts it again
            raise ServerFailed(f"the program with Temporal's web UI: {error}") from None
        finally:
            self._fetching -= 1
            if not self._fetching:
                self._ending = asyncio.get_running_loop().call_later(self._idle, self._end)
        kind = answer.headers.get("content-type", "application/octet-stream")
        return Asset(answer.status_code, kind, answer.content)

    def _end(self) -> None:
        if self._ending:
            self._ending.cancel()
        if self._source:
            source, self._source = self._source, None
            task = asyncio.create_task(source.end())
            self._ends.add(task)
            task.add_done_callback(self._ends.discard)


class _Source:
    """The running program."""

    def __init__(
        self, program: RunningProgram, http: httpx.AsyncClient, place: "TemporaryDirectory[str]"
    ) -> None:
        self.http = http
        self._program = program
        self._place = place

    @classmethod
    async def start(cls) -> Self:
        program, port = temporal_program(), free_port()
        argv = [
            program, "server", "start-dev",
            "--ip", LOOPBACK,
            "--port", str(free_port()),
            "--ui-port", str(port),
            "--ui-public-path", PREFIX,
            "--ui-disable-news-fetch",
            "--dynamic-config-value", f'frontend.httpAllowedHosts=["{secrets.token_hex(16)}"]',
            "--log-level", "never",
        ]  # fmt: skip
        place = TemporaryDirectory(prefix="standfast-ui-")
        try:
            running = await start_program(
                argv,
                env=inherited_environment() | {"HOME": place.name},
                cwd=Path(place.name),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                grace=timedelta(seconds=2),
            )
        except CannotStart as error:
            place.cleanup()
            raise ServerFailed(f"cannot start {program}: {error.reason}") from None
        http = httpx.AsyncClient(
            base_url=f"http://{LOOPBACK}:{port}",
            trust_env=False,
            verify=trusted_certificates(),
            timeout=_ANSWERS_WITHIN,
        )
        source = cls(running, http, place)
        try:
            async with asyncio.timeout(_UP_WITHIN):
                await source._until_it_answers()
        except BaseException as error:
            await source.end()
            if isinstance(error, TimeoutError):
                raise ServerFailed(
                    f"Temporal's web UI did not come up within {_UP_WITHIN:.0f} s"
                ) from None
            raise
        return source

    async def _until_it_answers(self) -> None:
        while True:
            with suppress(httpx.HTTPError):
                await self.http.get(f"{PREFIX}/healthz")
                return
            await asyncio.sleep(0.05)

    async def end(self) -> None:
        await self.http.aclose()
        await self._program.end()
        self._place.cleanup()
