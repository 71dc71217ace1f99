"""Running programs that cannot outlive us: a command with a time limit, or a server beside us.

Each is started by a small process of ours, `programs.supervisor`, which ends the whole tree of
processes when we end. A program gets an argument list (never a shell's string), the environment and
working directory that it is given and no more, and an empty standard input.

Whoever forks this process without exec (`multiprocessing` with `fork`) also forks the pipe to the
supervisor: the program then lives until both are gone.
"""

import asyncio
import errno
import os
import sys
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, TypeVar

from standfast.programs import supervisor
from standfast.programs.limits import UNLIMITED, ResourceLimits, limit_reached
from standfast.programs.output import HeadAndTail

__all__ = [
    "GRACE",
    "INHERITED",
    "OUTPUT_LIMIT",
    "SUPERVISOR",
    "CannotStart",
    "ProgramResult",
    "ResourceLimits",
    "RunningProgram",
    "inherited_environment",
    "limit_reached",
    "run_program",
    "start_program",
    "to_completion",
]

SUPERVISOR = Path(supervisor.__file__)
"""The script that runs a program; its docstring says how it is called."""

GRACE = timedelta(seconds=5)
"""How long a program that must end may take to obey SIGTERM."""

OUTPUT_LIMIT = 4_000
"""Bytes of a command's output that are kept."""

INHERITED = ("PATH", "HOME", "LANG", "TZ", "TMPDIR")
"""The variables that a command of the policy shares with us; the others hold our secrets."""

_START_LIMIT = 30.0
_END_MARGIN = 10.0
_DRAIN_LIMIT = 1.0
"""Seconds to read what is in the pipe when all is over: one that escaped may hold it open."""

_NO_REPORT = (
    f"its supervisor ({SUPERVISOR}) died or hung before it started it; run it by hand to see"
)

T = TypeVar("T")


class CannotStart(Exception):  # noqa: N818
    """A program could not be started; nothing of it ran."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class ProgramResult:
    """How a command ended.

    exit_code: 0 to 255; 128 + signal when a signal ended it; None when it was out of time, or
        when its supervisor was killed, so that nobody knows.
    output: standard output and error as they came, cleaned; the middle of a long one is left out.
    """

    exit_code: int | None
    timed_out: bool
    output: str

    @property
    def succeeded(self) -> bool:
        return self.exit_code == 0


class RunningProgram:
    """A running program that ends with us, or when it is told to.

    pid: the program's process id, and its process group's.
    """

    def __init__(
        self, process: asyncio.subprocess.Process, pid: int, pipe: int, grace: timedelta
    ) -> None:
        self.pid = pid
        self._process = process
        self._pipe: int | None = pipe
        self._grace = grace

    async def wait(self) -> int | None:
        """Wait until it and its children have gone; the exit code as in `ProgramResult`."""
        code = await self._process.wait()
        self.terminate()
        return code if code >= 0 else None

    def terminate(self) -> None:
        """Have the tree ended: SIGTERM, and SIGKILL when the grace is over. Does not wait."""
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None

    async def end(self) -> int | None:
        """Terminate it, and wait until all of it has gone; the exit code as in `ProgramResult`."""
        self.terminate()
        try:
            async with asyncio.timeout(
                self._grace.total_seconds() + supervisor.KILL_LIMIT + _END_MARGIN
            ):
                return await self.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            return await self.wait()


def inherited_environment() -> dict[str, str]:
    """What a command of the policy gets of our environment: the variables of `INHERITED`."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


async def start_program(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    stdout: int | IO[Any],
    stderr: int | IO[Any],
    grace: timedelta = GRACE,
    limits: ResourceLimits = UNLIMITED,
) -> RunningProgram:
    """Start a program that lives until it ends, we terminate it, or we die.

    argv: the program first; without a slash it is looked for in `env`'s PATH, with one it is
        relative to `cwd`.
    stdout, stderr: open files or `subprocess.DEVNULL`, not `PIPE`.
    grace: how long it may take to obey SIGTERM.

    Raises:
        CannotStart: missing, not executable, or not a program.
    """
    starting = asyncio.create_task(_start(argv, env, cwd, stdout, stderr, grace, limits))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # Half a start could leave a program that nobody knows of.
        await to_completion(_end_when_started(starting))
        raise


async def run_program(
    command: Sequence[str],
    *,
    within: timedelta,
    env: Mapping[str, str],
    cwd: Path,
    output_limit: int = OUTPUT_LIMIT,
    grace: timedelta = GRACE,
    limits: ResourceLimits = UNLIMITED,
) -> ProgramResult:
    """Run a command to its end, and end whatever it leaves behind.

    When it is out of time, or when this task is cancelled, its whole tree is ended and gone
    before this returns or raises. A program that is to stay must be started by a service manager,
    not be a child of the command.

    within: counted from the program's start.
    output_limit: in bytes.

    Raises:
        CannotStart: missing, not executable, or not a program.
    """
    outlet, inlet = os.pipe()
    output = await HeadAndTail.of(outlet, output_limit)
    try:
        try:
            program = await start_program(
                command,
                env=env,
                cwd=cwd,
                stdout=inlet,
                stderr=inlet,
                grace=grace,
                limits=limits,
            )
        finally:
            os.close(inlet)
        try:
            async with asyncio.timeout(within.total_seconds()):
                await program.wait()
            timed_out = False
        except TimeoutError:
            timed_out = True
        finally:
            # After a cancellation too: nobody may believe it over while the program still works.
            code = await to_completion(program.end())
        with suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_LIMIT):
                await output.ended.wait()
        return ProgramResult(None if timed_out else code, timed_out, str(output))
    finally:
        output.close()


async def to_completion(work: Awaitable[T]) -> T:
    """Await this to its end. A cancellation that comes meanwhile is raised afterwards."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        if not task.cancelled():
            task.exception()  # looked at, so that nobody is told that it was not
        raise asyncio.CancelledError
    return task.result()


async def _start(
    argv: Sequence[str],
    env: Mapping[str, str],
    cwd: Path,
    stdout: int | IO[Any],
    stderr: int | IO[Any],
    grace: timedelta,
    limits: ResourceLimits,
) -> RunningProgram:
    with ExitStack() as when_it_fails:
        stdin, pipe = os.pipe()
        when_it_fails.callback(os.close, pipe)
        told, tell = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-I", "-S", str(SUPERVISOR), str(grace.total_seconds()), str(tell)),
                *(*limits.settings(), "--", *argv),
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                env=env,
                cwd=cwd,
                pass_fds=(tell,),
                start_new_session=True,  # a Ctrl-C in our terminal is for us alone
            )
        except (OSError, ValueError) as error:
            os.close(told)
            raise CannotStart(_why_no_supervisor(argv[0], error, cwd)) from error
        finally:
            os.close(stdin)
            os.close(tell)
        word, _, number = (await _report(told)).partition(" ")
        if word != "started":
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise CannotStart(_why(argv[0], int(number), env, cwd) if number else _NO_REPORT)
        when_it_fails.pop_all()
        return RunningProgram(process, int(number), pipe, grace)


async def _report(pipe: int) -> str:
    """The line that the supervisor writes; empty when it has died or hangs."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", buffering=0)
    )
    try:
        async with asyncio.timeout(_START_LIMIT):
            return (await reader.readline()).decode()
    except TimeoutError:
        return ""
    finally:
        transport.close()


def _why_no_supervisor(program: str, error: OSError | ValueError, cwd: Path) -> str:
    if isinstance(error, OSError) and error.strerror and cwd.is_dir():
        return f"{program}: {error.strerror}"
    return f"{program}: {error}" if cwd.is_dir() else f"{program}: no working directory {cwd}"


def _why(program: str, number: int, env: Mapping[str, str], cwd: Path) -> str:
    """Why a program could not be started, from the error number, for who wrote the command."""
    where = f"{program} in {cwd}" if "/" in program and program[0] != "/" else program
    if number == errno.ENOENT and "/" not in program:
        return f"{program}: no such program on the PATH {env.get('PATH', os.defpath)}"
    if number == errno.ENOENT and (cwd / program).exists():
        return f"{where}: the interpreter that its first line names is missing"
    if number == errno.ENOENT:
        return f"{where}: no such file"
    if number == errno.EACCES:
        return f"{where}: not executable; `chmod +x` makes it so"
    if number == errno.ENOEXEC:
        return f"{where}: not a program; a script needs a first line such as #!/bin/sh"
    return f"{where}: {os.strerror(number)}"


async def _end_when_started(starting: asyncio.Task[RunningProgram]) -> None:
    with suppress(CannotStart):
        await (await starting).end()
