"""The worker and the API side by side: two processes of their own, started and ended as one."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from standfast import CODE
from standfast.hosting.errors import HostingError
from standfast.hosting.settings import Settings
from standfast.programs.running import CannotStart, RunningProgram, start_program

_MARGIN = timedelta(seconds=20)
"""On top of the grace that running activities have: the rest of a worker's end, and the API's."""


@dataclass(frozen=True)
class Ended:
    """How it ended. The codes are None for what was not started, or whose code nobody knows.

    told: whether a signal asked for the end.
    """

    told: bool
    worker: int | None
    api: int | None

    @property
    def well(self) -> bool:
        """Whether it was meant to end, and did so in order."""
        return self.told and self.worker == 0 and self.api in (0, None)


class ChildProcess:
    """One of the two processes, and its words."""

    def __init__(self, name: str, program: RunningProgram, words: asyncio.StreamReader) -> None:
        self.name = name
        self._program = program
        self._words = words
        self.spoke = asyncio.Event()
        self.ended = asyncio.create_task(program.wait())

    async def pass_on(self, say: Callable[[str], None]) -> None:
        """Say what it says, line by line, to its end."""
        while line := await self._words.readline():
            say(line.decode(errors="replace").rstrip("\n"))
            self.spoke.set()

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal: to itself alone, for it ends what it runs in its own order."""
        if not self.ended.done():
            with suppress(ProcessLookupError):
                os.kill(self._program.pid, number)

    async def end(self, within: timedelta) -> int | None:
        """Have it end in order, by force once the time is over; its exit code."""
        self.tell(signal.SIGTERM)
        await asyncio.wait({self.ended}, timeout=within.total_seconds())
        if not self.ended.done():
            await self._program.end()
        return await self.ended


class ProcessSupervisor:
    """Runs the worker, then the API; ends both when told, or when one of them ends by itself."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        """`say` gets every line that the two print on standard output."""
        self._grace = settings.grace + _MARGIN
        self._say = say
        self._stop = asyncio.Event()
        self._parts: list[ChildProcess] = []
        self._passing: list[asyncio.Task[None]] = []

    async def run(self) -> Ended:
        """Until SIGTERM or SIGINT, or until one of them ends.

        Raises:
            HostingError: one could not be started at all.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._signalled, number)
        told = asyncio.create_task(self._stop.wait())
        codes: dict[str, int | None] = {}
        try:
            worker = await self._start("worker", "worker")
            # The API looks for the server that the worker starts, and speaks after it.
            spoke = asyncio.create_task(worker.spoke.wait())
            await _first_of(told, worker.ended, spoke)
            spoke.cancel()
            if not told.done() and not worker.ended.done():
                api = await self._start("api", "standfast.web")
                await _first_of(told, worker.ended, api.ended)
            self._tell_who_fell()
        finally:
            # The API first: while it still answers, there is somebody to take what it is given.
            for part in reversed(self._parts):
                codes[part.name] = await part.end(self._grace)
            await asyncio.gather(*self._passing)
            told.cancel()
        return Ended(self._stop.is_set(), codes.get("worker"), codes.get("api"))

    async def _start(self, name: str, module: str) -> ChildProcess:
        outlet, inlet = os.pipe()
        try:
            program = await start_program(
                # -P: what lies in the directory where we were started is not our code.
                [sys.executable, "-P", "-m", module],
                env={**os.environ, "PYTHONPATH": str(CODE), "PYTHONUNBUFFERED": "1"},
                cwd=Path.cwd(),
                stdout=inlet,
                stderr=2,
                grace=self._grace,
            )
        except CannotStart as error:
            os.close(outlet)
            raise HostingError(f"cannot start the {name}: {error.reason}") from None
        finally:
            os.close(inlet)
        words = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(words), os.fdopen(outlet, "rb", buffering=0)
        )
        part = ChildProcess(name, program, words)
        self._parts.append(part)
        self._passing.append(asyncio.create_task(part.pass_on(self._say)))
        return part

    def _tell_who_fell(self) -> None:
        for part in self._parts:
            if part.ended.done() and not self._stop.is_set():
                print(f"standfast: the {part.name} has ended, so the rest does", file=sys.stderr)

    def _signalled(self, number: signal.Signals) -> None:
        if self._stop.is_set() and number is signal.SIGINT:
            for part in self._parts:  # which know what a second Ctrl-C means
                part.tell(number)
        self._stop.set()


async def _first_of(*tasks: asyncio.Task[object]) -> None:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
