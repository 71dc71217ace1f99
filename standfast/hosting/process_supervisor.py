"""Runs the worker and the API as two child processes that start and stop together.

Where the policy names a chat, the process that keeps it up to date runs beside them. They go on
without it: when it ends it is started again.
"""

import asyncio
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from standfast.hosting.child_process import ChildProcess, start_child
from standfast.hosting.errors import HostingError
from standfast.hosting.settings import Settings

_MARGIN = timedelta(seconds=20)
"""On top of the grace period of running activities: for the rest of the shutdown."""

_CHAT_AGAIN = 30.0
"""Seconds until the process of the chats is started again, when it has ended by itself."""


@dataclass(frozen=True)
class SupervisorResult:
    """The exit codes; None for a process that was not started, or whose code is unknown.

    told: whether a signal asked it to stop.
    """

    told: bool
    worker: int | None
    api: int | None
    chat: int | None = None

    @property
    def clean(self) -> bool:
        """Whether a signal stopped it, and its processes ended in order."""
        return self.told and self.worker == 0 and {self.api, self.chat} <= {0, None}


class ProcessSupervisor:
    """Runs the worker, then the API; stops both on a signal, or when one of them ends."""

    def __init__(
        self, settings: Settings, emit: Callable[[str], None], worker_processes: int | None = None
    ) -> None:
        """`emit` gets every line that the two print to standard output.

        worker_processes: how many the worker shall have; None leaves it to its settings.
        """
        self._worker_arguments = (
            ["--processes", str(worker_processes)] if worker_processes is not None else []
        )
        self._settings = settings
        self._grace = settings.grace + _MARGIN
        self._emit = emit
        self._stop = asyncio.Event()
        self._children: list[ChildProcess] = []
        self._forwarding: list[asyncio.Task[None]] = []

    async def run(self) -> SupervisorResult:
        """Until SIGTERM or SIGINT, or until one of them ends.

        Raises:
            HostingError: one could not be started at all.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._signalled, number)
        told = asyncio.create_task(self._stop.wait())
        codes: dict[str, int | None] = {}
        chat: asyncio.Task[None] | None = None
        try:
            worker = await self._start("worker", "-m", "worker", *self._worker_arguments)
            # The API needs the server that the worker starts, so it starts after the first output.
            has_output = asyncio.create_task(worker.has_output.wait())
            await _first_of(told, worker.ended, has_output)
            has_output.cancel()
            if not told.done() and not worker.ended.done():
                api = await self._start("api", "-m", "standfast.web")
                chat = asyncio.create_task(self._keep_chat())
                await _first_of(told, worker.ended, api.ended)
            self._report_exit()
        finally:
            if chat:
                chat.cancel()
                await asyncio.gather(chat, return_exceptions=True)
            # The API first: while it still answers, a worker must be there for its requests.
            for child in reversed(self._children):
                codes[child.name] = await child.end(self._grace)
            await asyncio.gather(*self._forwarding)
            told.cancel()
        return SupervisorResult(
            self._stop.is_set(), codes.get("worker"), codes.get("api"), codes.get("chat")
        )

    async def _keep_chat(self) -> None:
        """Run the process of the chats, if the policy names any; again, whenever it ends."""
        if not await asyncio.to_thread(_names_a_chat, self._settings):
            return
        while True:
            try:
                chat = await self._start("chat", "-m", "standfast.hosting.chat_service")
            except HostingError as failed:
                print(f"standfast: {failed}", file=sys.stderr)
                await asyncio.sleep(_CHAT_AGAIN)
                continue
            await asyncio.wait({chat.ended})
            if self._stop.is_set():
                return
            self._children.remove(chat)
            print(f"standfast: the chat has ended; again in {_CHAT_AGAIN:.0f} s", file=sys.stderr)
            await asyncio.sleep(_CHAT_AGAIN)

    async def _start(self, name: str, *arguments: str) -> ChildProcess:
        child = await start_child(name, arguments, self._grace)
        self._children.append(child)
        self._forwarding.append(asyncio.create_task(child.forward_output(self._emit)))
        return child

    def _report_exit(self) -> None:
        for child in self._children:
            if child.ended.done() and not self._stop.is_set():
                print(f"standfast: the {child.name} has ended, stopping the rest", file=sys.stderr)

    def _signalled(self, number: signal.Signals) -> None:
        if self._stop.is_set() and number is signal.SIGINT:
            for child in self._children:  # they handle a second Ctrl-C themselves
                child.send_signal(number)
        self._stop.set()


def _names_a_chat(settings: Settings) -> bool:
    # The policy takes half a second to load, and only this asks for it.
    from standfast.policy_file.loading import PolicyError, load_policy

    try:
        return bool(load_policy(settings.policy).chat.named)
    except PolicyError:
        return False  # the worker says what is wrong with it, and ends


async def _first_of(*tasks: asyncio.Task[object]) -> None:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
