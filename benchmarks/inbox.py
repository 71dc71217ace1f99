"""Where the messages of a benchmark arrive: an HTTP sink in the benchmark's own event loop.

It needs nothing but the standard library, so that a job of another system can use it too.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

PATIENCE = 120.0
"""Seconds to wait for a message."""

STALLED = 120.0
"""Seconds without a single new incident, after which what is missing is lost."""

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_IDENTITY = re.compile(rb"INC-[A-Z0-9]{10}|job-[0-9a-f]{32}")
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Inbox:
    """Counts the messages about each incident, or job of another system, that a body names.

    first: the moment (of `time.perf_counter`) of the first message about each.
    messages: how many came in all.
    """

    def __init__(self, on_first: Callable[[str], None] | None = None) -> None:
        """`on_first` is called at the first message about each."""
        self.first: dict[str, float] = {}
        self.messages = 0
        self.address = ""
        self._count: dict[str, int] = {}
        self._waiting: dict[str, asyncio.Event] = {}
        self._on_first = on_first

    @property
    def url(self) -> str:
        """An address to send to."""
        return f"http://{self.address}/page"

    async def wait(self, identity: str, messages: int = 1, within: float = PATIENCE) -> None:
        """Return when so many have come about it.

        Raises:
            TimeoutError: they did not, within so many seconds.
        """
        if self._count.get(identity, 0) >= messages:
            return
        changed = self._waiting.setdefault(identity, asyncio.Event())
        try:
            async with asyncio.timeout(within):
                while self._count.get(identity, 0) < messages:
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            came = self._count.get(identity, 0)
            raise TimeoutError(
                f"{came} of {messages} messages about {identity} came within {within:.0f} s"
            ) from None
        finally:
            self._waiting.pop(identity, None)

    async def missing(self, identities: Sequence[str]) -> list[str]:
        """Wait for a first message about each; those about which none came.

        Gives up when there was none about any for `STALLED` seconds.
        """
        while missing := [each for each in identities if each not in self.first]:
            before = len(self.first)
            try:
                await self.wait(missing[0], 1, STALLED)
            except TimeoutError:
                if len(self.first) == before:
                    return missing
        return []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection until it ends."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1])) if length else b""
                self._take(body)
                writer.write(_ANSWER)
                await writer.drain()
        except (OSError, EOFError):
            pass  # the sender is done with it
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _take(self, body: bytes) -> None:
        now = time.perf_counter()
        self.messages += 1
        for named in set(_IDENTITY.findall(body)):
            identity = named.decode()
            self._count[identity] = self._count.get(identity, 0) + 1
            if identity not in self.first:
                self.first[identity] = now
                if self._on_first:
                    self._on_first(identity)
            if changed := self._waiting.get(identity):
                changed.set()


@asynccontextmanager
async def open_inbox(on_first: Callable[[str], None] | None = None) -> AsyncIterator[Inbox]:
    """An inbox on a free port of the loopback address, until the block ends."""
    inbox = Inbox(on_first)
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            connections.add(task)
            task.add_done_callback(connections.discard)
        with suppress(asyncio.CancelledError):
            await inbox.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1_000)
    inbox.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield inbox
    finally:
        server.close()
        for each in list(connections):
            each.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
