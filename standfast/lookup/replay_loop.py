"""An event loop only for replays, in a thread of its own.

A replay that is cancelled half-way, as when a process ends, leaves the SDK waiting for ever. Here
nothing is cancelled, and a long replay does not block any other loop.
"""

import asyncio
import functools
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

Answer = TypeVar("Answer")


async def in_replay_loop(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a replay; return its result. A cancelled caller stops waiting; the replay goes on."""
    answer = asyncio.run_coroutine_threadsafe(work, _loop())
    return await asyncio.shield(asyncio.wrap_future(answer))


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="replays", daemon=True).start()
    return loop
