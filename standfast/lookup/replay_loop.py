"""An event loop for replays alone, in a thread of its own.

To cancel a replay half-way, as the end of a process cancels all that runs in its loop, leaves the
SDK waiting for ever for the worker inside it. Here nothing is cancelled, and a long replay holds up
nobody else's loop.
"""

import asyncio
import functools
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

Answer = TypeVar("Answer")


async def replaying(work: Coroutine[Any, Any, Answer]) -> Answer:
    """The answer of a replay. Who is cancelled waits no longer; the replay goes on to its end."""
    answer = asyncio.run_coroutine_threadsafe(work, _loop())
    return await asyncio.shield(asyncio.wrap_future(answer))


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="replays", daemon=True).start()
    return loop
