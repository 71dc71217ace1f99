"""The kinds of faults: one registration each. What it strikes is over when it returns."""

import asyncio
import resource
import signal
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, closing
from typing import NamedTuple

from temporalio.service import RPCError

from benchmarks.faults.disk import fill, make_room
from benchmarks.faults.installation import Installation, Service
from benchmarks.faults.plan import Span
from benchmarks.faults.sink import Handling
from standfast.hosting.build_registration import make_current
from standfast.hosting.errors import HostingError

Strike = Callable[[Installation, float], Awaitable[None]]
"""Strikes an installation, and heals it after so many seconds."""

Possible = Callable[[Installation], bool]

UP = "Standfast runs incidents."
"""What a worker says once it runs."""


class Fault(NamedTuple):
    """A kind of fault. possible: whether this machine lets us do it."""

    strike: Strike
    span: Span
    possible: Possible


FAULTS: dict[str, Fault] = {}
"""By name. Another kind changes the plans of all seeds."""


def fault(
    name: str,
    shortest: float = 0.0,
    longest: float = 0.0,
    possible: Possible = lambda _: True,
) -> Callable[[Strike], Strike]:
    """Register a kind, which lasts between so many seconds."""

    def register(strike: Strike) -> Strike:
        FAULTS[name] = Fault(strike, Span(shortest, longest), possible)
        return strike

    return register


@fault("worker killed")
async def _(there: Installation, _: float) -> None:
    there.worker.send(signal.SIGKILL)


@fault("Temporal server killed")
async def _(there: Installation, _: float) -> None:
    there.signal_server(signal.SIGKILL)


@fault("API killed")
async def _(there: Installation, _: float) -> None:
    there.api.send(signal.SIGKILL)


@fault("worker and Temporal server killed")
async def _(there: Installation, _: float) -> None:
    there.worker.send(signal.SIGKILL)
    there.signal_server(signal.SIGKILL)


@fault("worker killed, and again while it starts", 0.5, 3.0)
async def _(there: Installation, seconds: float) -> None:
    there.worker.send(signal.SIGKILL)
    await asyncio.sleep(seconds)
    there.worker.send(signal.SIGKILL)


async def _stopped(service: Service, seconds: float) -> None:
    pid = service.pid
    service.send(signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        if service.pid == pid:
            service.send(signal.SIGCONT)


@fault("worker stopped", 1.0, 8.0)
async def _(there: Installation, seconds: float) -> None:
    await _stopped(there.worker, seconds)


@fault("worker stopped for longer than its heartbeats may be missing", 17.0, 19.0)
async def _(there: Installation, seconds: float) -> None:
    await _stopped(there.worker, seconds)


@fault("API stopped", 1.0, 8.0)
async def _(there: Installation, seconds: float) -> None:
    await _stopped(there.api, seconds)


@fault("Temporal server stopped", 1.0, 8.0)
async def _(there: Installation, seconds: float) -> None:
    there.signal_server(signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        there.signal_server(signal.SIGCONT)


@fault("record database locked", 2.0, 9.0)
async def _(there: Installation, seconds: float) -> None:
    file = there.data / "records.db"
    with closing(sqlite3.connect(file, timeout=0.05, isolation_level=None)) as connection:
        for _ in range(100):
            try:
                connection.execute("BEGIN EXCLUSIVE")
                break
            except sqlite3.OperationalError:
                await asyncio.sleep(0.05)
        await asyncio.sleep(seconds)
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@fault("files of worker and API cannot be written", 2.0, 8.0)
async def _(there: Installation, seconds: float) -> None:
    with ExitStack() as healed:
        for service in (there.worker, there.api):
            _limit(service.pid, 0)
            healed.callback(_limit, service.pid, resource.RLIM_INFINITY)
        await asyncio.sleep(seconds)


def _limit(pid: int, most: int) -> None:
    try:
        _, hardest = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, hardest))
    except ProcessLookupError:
        pass  # another fault has killed it


@fault("disk full", 2.0, 8.0, possible=lambda there: there.has_small_disk)
async def _(there: Installation, seconds: float) -> None:
    try:
        await asyncio.to_thread(fill, there.data)
        await asyncio.sleep(seconds)
    finally:
        make_room(there.data)


def _channel(name: str, handling: Handling) -> None:
    @fault(f"channel {name}", 2.0, 9.0)
    async def _(there: Installation, seconds: float) -> None:
        await there.sink.handle(handling)
        try:
            await asyncio.sleep(seconds)
        finally:
            await there.sink.handle(Handling.ANSWERS)


_channel("hangs", Handling.HANGS)
_channel("refuses", Handling.REFUSES)
_channel("answers 500", Handling.FAILS)
_channel("answers after the sender has given up", Handling.LATE)


def _clock(name: str, jump: int) -> None:
    @fault(name, 1.0, 8.0, possible=lambda there: bool(there.clock.variables))
    async def _(there: Installation, seconds: float) -> None:
        there.clock.jump_to(jump)
        try:
            await asyncio.sleep(seconds)
        finally:
            there.clock.jump_to(0)


_clock("clock of worker and API jumps an hour ahead, and back", 3600)
_clock("clock of worker and API jumps an hour back, and ahead", -3600)


@fault("deploy")
async def _(there: Installation, _: float) -> None:
    """Another build takes over: the worker stops, as asked, and starts again."""
    said = there.worker_says(UP)
    await there.worker.stop()
    there.builds += 1
    build = f"build-{there.builds}"
    there.worker.variables["STANDFAST_BUILD_ID"] = build
    there.worker.start()
    await there.until(lambda: there.worker_says(UP) > said, "the new build runs")
    if there.builds == 1:
        return  # the first one makes itself current
    client = await there.client()
    async with asyncio.timeout(60):
        while True:
            try:
                await make_current(client, there.settings.task_queue, build)
            except (HostingError, RPCError):  # Temporal does not know it yet, or is away
                await asyncio.sleep(0.5)
            else:
                return
