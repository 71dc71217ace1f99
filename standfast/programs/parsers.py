"""Parses what others sent in processes of their own, with limits.

A few bytes may cost minutes to read, and while Python reads them nothing else of the process goes
on. Here a job has a limit of processor time, of time and of memory; a process that goes beyond one
is killed, and another takes its place. Two of them live as long as we do, so that a job costs a few
milliseconds; they start with the first job.
"""

import asyncio
import io
import os
import pickle
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

from standfast import CODE
from standfast.programs.parser_process import MEMORY, OUT_OF_MEMORY
from standfast.programs.running import inherited_environment

_PROCESSES = 2
_MOST_WAITING = 200
"""Jobs; who comes then must come again later."""

_JOBS_OF_A_PROCESS = 1_000
"""Then another takes its place, whatever has piled up in it."""

P = ParamSpec("P")
T = TypeVar("T")


class TooCostly(Exception):  # noqa: N818
    """What was to be parsed needs more than it may; the words follow "it"."""


class Busy(Exception):  # noqa: N818
    """Too many jobs wait already: try again later."""


@dataclass(frozen=True)
class Limits:
    """What one job may use. cpu_seconds: of a processor. seconds: by the clock on the wall."""

    cpu_seconds: int
    seconds: float


class Parsers:
    """Processes that parse; safe to use from any thread and event loop."""

    def __init__(
        self,
        processes: int = _PROCESSES,
        most_waiting: int = _MOST_WAITING,
        jobs_of_a_process: int = _JOBS_OF_A_PROCESS,
    ) -> None:
        self._jobs_of_a_process = jobs_of_a_process
        self._jobs: queue.Queue[_Job] = queue.Queue(most_waiting)
        self._processes = processes
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    async def run(
        self, limits: Limits, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `function` returns: one of a module, whose arguments and result can be pickled.

        Raises:
            TooCostly: it needs more than the limits.
            Busy: too many wait already.
            Exception: what `function` raised.
        """
        return await asyncio.wrap_future(self._submit(limits, function, args, kwargs))

    def run_blocking(
        self, limits: Limits, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same for a thread that may wait."""
        return self._submit(limits, function, args, kwargs).result()

    def _submit(
        self, limits: Limits, function: Callable[..., T], args: Any, kwargs: Any
    ) -> "Future[T]":
        future: Future[T] = Future()
        try:
            self._jobs.put_nowait(_Job(future, limits, function, args, kwargs))
        except queue.Full:
            raise Busy("too much waits to be read already") from None
        with self._lock:
            while len(self._threads) < self._processes:
                # Daemons: nobody waits for a job when all is over, and its process ends by itself.
                thread = threading.Thread(target=self._work, name="parser", daemon=True)
                self._threads.append(thread)
                thread.start()
        return future

    def _work(self) -> None:
        process = _Process(self._jobs_of_a_process)
        while True:
            job = self._jobs.get()
            if not job.future.set_running_or_notify_cancel():
                continue
            try:
                job.future.set_result(process.run(job))
            except Exception as error:
                job.future.set_exception(error)
            del job  # a large mail must not stay until the next one comes


@dataclass(frozen=True)
class _Job:
    future: "Future[Any]"
    limits: Limits
    function: Callable[..., Any]
    args: Any
    kwargs: Any


class _Process:
    """One parser process at a time; it is started when the first job comes."""

    def __init__(self, most_jobs: int) -> None:
        self._most_jobs = most_jobs
        self._running: tuple[subprocess.Popen[bytes], Connection] | None = None
        self._jobs = 0

    def run(self, job: _Job) -> Any:
        if self._running and self._running[0].poll() is not None:  # somebody else ended it
            self._end()
        running, connection = self._running = self._running or _started()
        self._jobs += 1
        try:
            arguments = (job.function, job.args, job.kwargs, job.limits.cpu_seconds)
            connection.send_bytes(pickle.dumps(arguments))
            is_late = not connection.poll(job.limits.seconds)
            result, error = (None, None) if is_late else _Answer.read(connection.recv_bytes())
        except (EOFError, OSError) as gone:
            cause = _cause(running, job.limits)
            self._end()
            raise TooCostly(cause) from gone
        except BaseException:
            self._end()
            raise
        if is_late or self._jobs >= self._most_jobs:
            self._end()
        if is_late:
            raise TooCostly(f"takes longer than {job.limits.seconds:g} s to read")
        if error is not None:
            raise error
        return result

    def _end(self) -> None:
        if self._running:
            running, connection = self._running
            connection.close()
            running.kill()
            running.wait()
        self._running, self._jobs = None, 0


_PLAIN = {
    "builtins": {"set", "frozenset", "bytearray", "complex"},
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "zoneinfo": {"ZoneInfo"},
    "collections": {"OrderedDict", "deque"},
}


class _Answer(pickle.Unpickler):
    """Reads an answer that holds data only: a parser that a stranger's text has taken over could
    otherwise have us run what it likes.
    """

    @classmethod
    def read(cls, answer: bytes) -> tuple[Any, Exception | None]:
        """The result and the error.

        Raises:
            pickle.UnpicklingError: there is something else in it.
        """
        result, error = cls(io.BytesIO(answer)).load()
        return result, error

    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name)
        ours = module.startswith("standfast.") and isinstance(found, type)
        an_error = isinstance(found, type) and issubclass(found, Exception)
        if ours or an_error or name in _PLAIN.get(module, ()):
            return found
        raise pickle.UnpicklingError(f"an answer must not hold {module}.{name}")


def _started() -> tuple[subprocess.Popen[bytes], Connection]:
    ours, theirs = socket.socketpair()
    with theirs:
        running = subprocess.Popen(
            [sys.executable, "-m", "standfast.programs.parser_process", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            # None of our secrets: it works on what strangers sent.
            env={**inherited_environment(), "PYTHONPATH": str(CODE)},
            cwd=os.path.abspath(os.sep),
            start_new_session=True,  # Ctrl-C is for us; it ends when we do
        )
    return running, Connection(ours.detach())


def _cause(running: "subprocess.Popen[bytes]", limits: Limits) -> str:
    try:
        code = running.wait(5)
    except subprocess.TimeoutExpired:
        running.kill()
        code = running.wait()
    if code == -signal.SIGXCPU:
        return f"takes more than {limits.cpu_seconds} s of a processor to read"
    if code == OUT_OF_MEMORY:
        return f"needs more than {MEMORY // 1_000_000_000} GB of memory to be read"
    return f"cannot be read: the process that read it ended with code {code}"


PARSERS = Parsers()
"""Those of this process."""
