"""How a worker's process ends: by a signal in order, by a second Ctrl-C at once, by an error."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any, NoReturn

from temporalio.service import RPCError
from temporalio.worker import Worker

from standfast.hosting.errors import HostingError
from standfast.policy_file.loading import PolicyError

DRAIN_MARGIN = timedelta(seconds=10)
"""Beyond the grace period, for cancelled activities to clean up."""

_SAME_SIGNAL = 0.5
"""Seconds in which a repeated signal counts as the same: `timeout` and others send it twice."""


class StopSignals:
    """SIGTERM and SIGINT of this process. While it starts, they cancel the task that starts it."""

    def __init__(self, before_exit: Callable[[], None] = lambda: None) -> None:
        """Listen from now on. `before_exit` is called before the exit by a second Ctrl-C."""
        self._before_exit = before_exit
        self._stop = asyncio.Event()
        self._requested_at: float | None = None
        self._starting = asyncio.current_task()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._signalled, number)

    def started(self) -> None:
        """From now on a signal ends `wait`, and cancels nothing."""
        self._starting = None

    async def wait(self) -> None:
        """Wait for the first signal."""
        await self._stop.wait()

    def _signalled(self, number: signal.Signals) -> None:
        now = time.monotonic()
        if self._requested_at is None:
            self._requested_at = now
            self._stop.set()
            if self._starting:
                self._starting.cancel()
        elif number is signal.SIGINT and now - self._requested_at > _SAME_SIGNAL:
            self._before_exit()
            exit_now("Stopped at once.")


async def drain(worker: Worker, working: asyncio.Task[None], grace: timedelta) -> None:
    """Let running activities finish, within the grace period; exit when they do not end."""
    if working.done():
        return
    drained = asyncio.create_task(worker.shutdown())
    await asyncio.wait({drained}, timeout=(grace + DRAIN_MARGIN).total_seconds())
    if not drained.done():
        exit_now("Some activities did not end.")


def exit_code_of(name: str, work: Coroutine[Any, Any, None]) -> int:
    """Run this to its end; the exit code: 0, or 1 for an error, which is printed behind `name`.

    CancelledError when a signal came before it had started.
    """
    try:
        asyncio.run(work)
    except (HostingError, PolicyError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    except RPCError as error:
        print(f"{name}: Temporal refused: {error.message}", file=sys.stderr)
        return 1
    return 0


def exit_now(why: str) -> NoReturn:
    """Exit without a shutdown. The supervisors end the server and all runbooks by themselves."""
    say(why)
    os._exit(1)


def say(*lines: str) -> None:
    """Print to standard output."""
    with suppress(OSError):  # the reader of our output may be gone; the work goes on
        print(*lines, sep="\n", flush=True)
