"""The further processes of a worker: the first one starts them, keeps them up and ends them."""

import asyncio
import logging
import signal
import time
from datetime import timedelta

from standfast import CODE
from standfast.hosting.build import code_id
from standfast.hosting.child_process import ChildProcess, exit_in_words, start_child
from standfast.hosting.errors import HostingError
from standfast.hosting.settings import Settings
from standfast.hosting.stopping import DRAIN_MARGIN

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
"""Seconds until a process that ended is started again; twice as long after each further end."""

_STEADY = 60.0
"""Seconds. After having run for so long, an end counts as the first one."""

_MARGIN = timedelta(seconds=5)
"""For the end of a process whose activities have all ended."""

_IN_ORDER = (0, 128 + signal.SIGTERM)
"""Exit codes after a SIGTERM: the second while Python itself starts, before it can be caught."""

_log = logging.getLogger(__name__)


class ProcessKeeper:
    """Keeps a worker's processes from the second on up, from `start` to `stop`."""

    def __init__(self, settings: Settings, processes: int) -> None:
        """`processes` includes the first one, which this is part of."""
        self._numbers = range(2, processes + 1)
        self._end_within = settings.grace + DRAIN_MARGIN + _MARGIN
        self._children: dict[int, ChildProcess] = {}
        self._keeping: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start them, without waiting."""
        self._keeping = [asyncio.create_task(self._keep(number)) for number in self._numbers]

    async def stop(self) -> list[str]:
        """Let their running activities finish; return when all have ended.

        Returns a line for each that did not end in order.
        """
        for task in self._keeping:
            task.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        running = [child for child in self._children.values() if not child.ended.done()]
        codes = await asyncio.gather(*(self._end(child) for child in running))
        return [
            f"{child.name} did not end in order: {exit_in_words(code)}"
            for child, code in zip(running, codes, strict=True)
            if code not in _IN_ORDER
        ]

    def kill(self) -> None:
        """Kill them, without waiting; their supervisors end all that they started."""
        for child in self._children.values():
            child.send_signal(signal.SIGKILL)

    async def _keep(self, number: int) -> None:
        pause = _FIRST_PAUSE
        while True:
            began = time.monotonic()
            try:
                what = await self._until_ended(number)
            except HostingError as error:
                what = str(error)
            if time.monotonic() - began > _STEADY:
                pause = _FIRST_PAUSE
            _log.warning("%s; it is started again in %.0f s", what, pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _until_ended(self, number: int) -> str:
        """Run it once; how it ended, in words.

        Raises:
            HostingError: it could not be started at all.
        """
        child = await start_child(
            f"worker process {number}",
            # The code that runs here: a file that changed meanwhile must not bring in other code.
            [str(CODE / "worker.py"), "--further", str(number), code_id()],
            grace=self._end_within,
        )
        self._children[number] = child
        forwarding = asyncio.create_task(child.forward_output(lambda line: _log.info("%s", line)))
        await asyncio.wait({child.ended})
        await forwarding
        del self._children[number]
        how = exit_in_words(child.ended.result())
        return f"{child.name} (process id {child.pid}) has ended, {how}"

    async def _end(self, child: ChildProcess) -> int | None:
        """Stop it; it stops by itself within the time, or is killed. Its exit code."""
        child.send_signal(signal.SIGTERM)
        await asyncio.wait({child.ended}, timeout=self._end_within.total_seconds())
        child.send_signal(signal.SIGKILL)
        return await child.ended
