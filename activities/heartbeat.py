"""Heartbeats: how a lost worker is seen, and how an activity hears that it is cancelled."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from temporalio import activity

BEAT_EVERY = timedelta(seconds=5)
"""Between two heartbeats, and before the first: what is over by then costs none (each is billed).

The workflow's heartbeat timeouts are three of these and more.
"""


@asynccontextmanager
async def heartbeats(
    doing: Callable[[], object] = str, every: timedelta = BEAT_EVERY
) -> AsyncIterator[None]:
    """Beat until the block is left. `doing` says in words how far the work is."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(every.total_seconds())
            activity.heartbeat(doing())

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
