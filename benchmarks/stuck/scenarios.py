"""Ways to mistreat an installation, each of which has wedged incidents once."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from benchmarks.stuck.console import console_open
from benchmarks.stuck.installation import Installation
from benchmarks.stuck.people import METADATA, Look, Looking, by_query, do, see_through
from benchmarks.stuck.slow import Slow
from benchmarks.stuck.slow_worker import AT_WORK
from standfast.incidents.actions import Action

_AT_ONCE = 12
"""Incidents that people are busy with."""

_LOOKS_EVERY = 0.015
"""Seconds between two looks of one who looks all the time; three do, at each incident."""

_TASK_LASTS = 10.0
"""Seconds, unless a workflow is started with another limit."""

WAITS_FOR_A_WORKER = 60.0
"""Seconds that a query waits which is sent while none runs."""

_ROUNDS = 3
"""How often the worker is stopped under the open console."""

_READY = "Ctrl-C stops it"


class Mistreated(NamedTuple):
    """The incidents, and how the looks at them ended; None where nobody looks."""

    incidents: Sequence[str]
    looks: Counter[str] | None


Scenario = Callable[[Installation, int], Awaitable[Mistreated]]
"""Does it to so many incidents of an installation in which nothing runs, and leaves it so."""

_Workers = Callable[[Installation, asyncio.Event], Coroutine[Any, Any, None]]
"""Runs incidents until the event."""


async def queries_while_deciding(installation: Installation, n: int) -> Mistreated:
    """A: queries are answered while decisions are made and people act."""

    async def one_worker(where: Installation, over: asyncio.Event) -> None:
        async with where.worker():
            await over.wait()

    return await _busy(installation, n, one_worker)


async def slow_first_decision(installation: Installation, n: int) -> Mistreated:
    """B: a decision outlives its workflow task, the worker is killed, somebody acts; no query."""
    command = ("-m", "benchmarks.stuck.slow_worker", str(1.5 * _TASK_LASTS))
    first = installation.process(*command)
    try:
        await installation.said(first, AT_WORK, times=1)
        incidents = await installation.report_many(n)
        # The task of a local activity is completed and begun anew at four fifths of its time.
        await asyncio.sleep(0.9 * _TASK_LASTS)
    finally:
        first.kill()
        first.wait()
    acts = [
        asyncio.create_task(do(installation, each, Action.COMMAND, by="ana", to="lea"))
        for each in incidents
    ]
    second = installation.process(*command)
    try:
        await asyncio.gather(*acts)
        await installation.all_wait_for_people(incidents)
    finally:
        second.kill()
        second.wait()
    return Mistreated(incidents, None)


async def looked_at_while_stopped(installation: Installation, n: int) -> Mistreated:
    """C: stopped; everybody is looked at, a page clock runs out, a comment; started again."""
    return await stopped(installation, n, by_query(installation, within=WAITS_FOR_A_WORKER))


async def web_ui_while_stopped(installation: Installation, n: int) -> Mistreated:
    """The same, looked at as the Web UI does when the page of a run opens."""
    look = by_query(installation, METADATA, within=WAITS_FOR_A_WORKER)
    return await stopped(installation, n, look)


async def stopped(installation: Installation, n: int, look: Look) -> Mistreated:
    """Stopped; each incident is looked at, a clock runs out, somebody comments; started again."""
    incidents, looking = await _waiting_for_people(installation, n), Looking()
    looks = [asyncio.create_task(looking.once(look, each)) for each in incidents]
    await _act_once_a_clock_ran_out(installation, incidents, *looks)
    return Mistreated(incidents, looking.looks)


async def console(installation: Installation, n: int) -> Mistreated:
    """The console is open on the board and on every incident while workers stop and start."""
    looks: Counter[str] = Counter()
    incidents = await _waiting_for_people(installation, n)
    async with console_open(installation, incidents, looks):
        for _ in range(_ROUNDS):
            async with installation.worker():
                await asyncio.sleep(random.uniform(0.0, 2.0))
            await _act_once_a_clock_ran_out(installation, incidents)
    return Mistreated(incidents, looks)


async def restarts(installation: Installation, n: int) -> Mistreated:
    """A new worker every second, looks and actions all the time."""

    async def workers(where: Installation, over: asyncio.Event) -> None:
        await _one_after_another(where, over, 1.0)

    return await _busy(installation, n, workers)


async def slow_decisions(installation: Installation, n: int) -> Mistreated:
    """Decisions take a while; looks, actions and new workers come in between."""

    async def workers(where: Installation, over: asyncio.Event) -> None:
        await _one_after_another(where, over, 4.0, Slow(0.2))

    return await _busy(installation, n, workers)


async def kill(installation: Installation, n: int) -> Mistreated:
    """kill -9 of the worker again and again, looks and actions all the time."""

    async def workers(where: Installation, over: asyncio.Event) -> None:
        for times in itertools.count(1):
            process = where.process("worker.py")
            try:
                await where.said(process, _READY, times)
                await _either(over, random.uniform(0.5, 4.0))
            finally:
                process.kill()
                process.wait()
            if over.is_set():
                return

    # A task that dies with its worker is only tried again after its time: all wait for it at once.
    return await _busy(installation, n, workers, at_once=n)


SCENARIOS: Mapping[str, Scenario] = {
    "A": queries_while_deciding,
    "B": slow_first_decision,
    "C": looked_at_while_stopped,
    "web_ui": web_ui_while_stopped,
    "console": console,
    "restarts": restarts,
    "slow_decisions": slow_decisions,
    "kill": kill,
}


async def _busy(
    installation: Installation, n: int, workers: _Workers, at_once: int = _AT_ONCE
) -> Mistreated:
    """People see incidents through, while others look at each of them all the time."""
    looking, gate, over = Looking(), asyncio.Semaphore(at_once), asyncio.Event()
    raw, web_ui = by_query(installation), by_query(installation, METADATA)

    async def one(number: int) -> str:
        async with gate:
            incident = await installation.report(number)
            async with looking.all_the_time((raw, raw, web_ui), incident, _LOOKS_EVERY):
                await see_through(installation, incident)
            return incident

    async def all_seen_through() -> list[str]:
        try:
            return await asyncio.gather(*(one(number) for number in range(n)))
        finally:
            over.set()

    async with asyncio.TaskGroup() as both:  # without workers nobody would go on with the stories
        stories = both.create_task(all_seen_through())
        both.create_task(workers(installation, over))
    return Mistreated(stories.result(), looking.looks)


async def _one_after_another(
    installation: Installation, over: asyncio.Event, seconds: float, slow: Slow | None = None
) -> None:
    """A new worker every so many seconds."""
    while not over.is_set():
        async with installation.worker(slow):
            await _either(over, seconds)


async def _waiting_for_people(installation: Installation, n: int) -> Sequence[str]:
    """Incidents that somebody was paged for, by a worker that has stopped."""
    async with installation.worker():
        incidents = await installation.report_many(n)
        await installation.all_wait_for_people(incidents)
    return incidents


async def _act_once_a_clock_ran_out(
    installation: Installation, incidents: Sequence[str], *looks: asyncio.Task[None]
) -> None:
    """Somebody comments on each whose clock has run out; then a worker starts."""
    await installation.all_want_a_worker(incidents)
    comments = [
        asyncio.create_task(do(installation, each, Action.COMMENT, by="ana", text="on my way"))
        for each in incidents
    ]
    await asyncio.sleep(1.0)  # the server has them then, and tells nobody that it does
    async with installation.worker():
        await asyncio.gather(*comments, *looks)


async def _either(over: asyncio.Event, seconds: float) -> None:
    """Wait for the event, so long at most."""
    with suppress(TimeoutError):
        await asyncio.wait_for(over.wait(), seconds)
