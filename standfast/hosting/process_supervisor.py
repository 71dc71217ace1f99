"""Runs the worker and the API as two child processes that start and stop together."""

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
"""On top of the grace period of running activities: for the rest of the shutdown."""


@dataclass(frozen=True)
class SupervisorResult:
    """The exit codes; None for a process that was not started, or whose code is unknown.

    told: whether a signal asked it to stop.
    """

    told: bool
    worker: int | None
    api: int | None

    @property
    def clean(self) -> bool:
        """Whether a signal stopped it, and both processes ended in order."""
        return self.told and self.worker == 0 and self.api in (0, None)


class ChildProcess:
    """One of the two processes, and its output."""

    def __init__(self, name: str, program: RunningProgram, output: asyncio.StreamReader) -> None:
        self.name = name
        self._program = program
        self._output = output
        self.has_output = asyncio.Event()
        self.ended = asyncio.create_task(program.wait())

    async def forward_output(self, emit: Callable[[str], None]) -> None:
        """Forward its output, line by line, until it ends."""
        while line := await self._output.readline():
            emit(line.decode(errors="replace").rstrip("\n"))
            self.has_output.set()

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, not to its children: it stops those itself, in order."""
        if not self.ended.done():
            with suppress(ProcessLookupError):
                os.kill(self._program.pid, number)

    async def end(self, within: timedelta) -> int | None:
        """Stop it, by force after the time limit; return its exit code."""
        self.send_signal(signal.SIGTERM)
        await asyncio.wait({self.ended}, timeout=within.total_seconds())
        if not self.ended.done():
            await self._program.end()
        return await self.ended


class ProcessSupervisor:
    """Runs the worker, then the API; stops both on a signal, or when one of them ends."""

    def __init__(self, settings: Settings, emit: Callable[[str], None]) -> None:
        """`emit` gets every line that the two print to standard output."""
        self._grace = settings.grace + _MARGIN
        self._emit = emit
        self._stop = asyncio.Event()
        self._children: list[ChildProcess] = []
        self._forwarding: list[asyncio.Task[None]] = []

    async def run(self) -> SupervisorResult:
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
            # The API needs the server that the worker starts, so it starts after the first output.
            has_output = asyncio.create_task(worker.has_output.wait())
            await _first_of(told, worker.ended, has_output)
            has_output.cancel()
            if not told.done() and not worker.ended.done():
                api = await self._start("api", "standfast.web")
                await _first_of(told, worker.ended, api.ended)
            self._report_exit()
        finally:
            # The API first: while it still answers, a worker must be there for its requests.
            for child in reversed(self._children):
                codes[child.name] = await child.end(self._grace)
            await asyncio.gather(*self._forwarding)
            told.cancel()
        return SupervisorResult(self._stop.is_set(), codes.get("worker"), codes.get("api"))

    async def _start(self, name: str, module: str) -> ChildProcess:
        outlet, inlet = os.pipe()
        try:
            program = await start_program(
                # -P: do not import from the current directory.
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
        output = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(output), os.fdopen(outlet, "rb", buffering=0)
        )
        child = ChildProcess(name, program, output)
        self._children.append(child)
        self._forwarding.append(asyncio.create_task(child.forward_output(self._emit)))
        return child

    def _report_exit(self) -> None:
        for child in self._children:
            if child.ended.done() and not self._stop.is_set():
                print(f"standfast: the {child.name} has ended, stopping the rest", file=sys.stderr)

    def _signalled(self, number: signal.Signals) -> None:
        if self._stop.is_set() and number is signal.SIGINT:
            for child in self._children:  # they handle a second Ctrl-C themselves
                child.send_signal(number)
        self._stop.set()


async def _first_of(*tasks: asyncio.Task[object]) -> None:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
