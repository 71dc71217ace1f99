"""A Python process of ours that we start, and that cannot outlive us."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from standfast import CODE
from standfast.hosting.errors import HostingError
from standfast.programs.running import CannotStart, RunningProgram, start_program


class ChildProcess:
    """The process, and its output. Create it with `start_child`.

    has_output: set once it has printed a line to standard output.
    ended: done when it has ended; its exit code as in `ProgramResult`.
    """

    def __init__(self, name: str, program: RunningProgram, output: asyncio.StreamReader) -> None:
        self.name = name
        self.pid = program.pid
        self._program = program
        self._output = output
        self.has_output = asyncio.Event()
        self.ended = asyncio.create_task(program.wait())

    async def forward_output(self, emit: Callable[[str], None]) -> None:
        """Forward its output, line by line, until it ends.

        A line of more than 64 KiB loses what comes before its last part.
        """
        while True:
            try:
                line = await self._output.readline()
            except ValueError:  # too long; its beginning is gone from the buffer
                continue
            if not line:
                return
            emit(line.decode(errors="replace").rstrip("\n"))
            self.has_output.set()

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, not to its children: it stops those itself, in order."""
        if not self.ended.done():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def end(self, within: timedelta) -> int | None:
        """Stop it, by force after the time limit; return its exit code."""
        self.send_signal(signal.SIGTERM)
        await asyncio.wait({self.ended}, timeout=within.total_seconds())
        if not self.ended.done():
            await self._program.end()
        return await self.ended


async def start_child(name: str, arguments: Sequence[str], grace: timedelta) -> ChildProcess:
    """Start Python with these arguments; its errors go to our standard error.

    name: what error messages call it.
    grace: how long it may take to stop when we are gone.

    Raises:
        HostingError: it could not be started at all.
    """
    try:
        return await _start(name, arguments, grace)
    except CannotStart as error:
        why = error.reason
    except OSError as error:  # too many open files, for one
        why = error.strerror or str(error)
    raise HostingError(f"cannot start the {name}: {why}")


async def _start(name: str, arguments: Sequence[str], grace: timedelta) -> ChildProcess:
    try:
        place = Path.cwd()
    except FileNotFoundError:
        raise CannotStart("the working directory is gone; start again in one that exists") from None
    output = asyncio.StreamReader()
    outlet, inlet = os.pipe()
    # Before the start, after which nothing may come in between: nobody would know of the process.
    reading, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(output), os.fdopen(outlet, "rb", buffering=0)
    )
    try:
        program = await start_program(
            # -P: do not import from the current directory.
            [sys.executable, "-P", *arguments],
            env={**os.environ, "PYTHONPATH": str(CODE), "PYTHONUNBUFFERED": "1"},
            cwd=place,
            stdout=inlet,
            stderr=2,
            grace=grace,
        )
    except BaseException:
        reading.close()
        raise
    finally:
        os.close(inlet)
    return ChildProcess(name, program, output)


def exit_in_words(code: int | None) -> str:
    """How a process ended, by its exit code as in `ProgramResult`."""
    if code is None:
        return "killed"
    return f"killed by signal {code - 128}" if code > 128 else f"exit code {code}"
