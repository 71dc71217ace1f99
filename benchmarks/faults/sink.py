"""Where messages arrive: a channel that can hang, refuse, fail, or answer too late."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum

from benchmarks.faults.evidence import Arrival

_TOO_LATE = 7.0
"""Seconds, more than a sender waits for an answer."""

_LENGTH = re.compile(rb"^content-length: *(\d+)", re.IGNORECASE | re.MULTILINE)
_KEY = re.compile(rb"^idempotency-key: *(\S+)", re.IGNORECASE | re.MULTILINE)


class Handling(StrEnum):
    """What the channel does with a message; it takes it in each of them but `REFUSES`."""

    ANSWERS = "answers"
    HANGS = "hangs"
    FAILS = "fails"
    LATE = "late"
    REFUSES = "refuses"


class Sink:
    """Keeps every message that is handed over, whatever it answers. `address`: host and port."""

    def __init__(self) -> None:
        self.arrived: list[Arrival] = []
        self.handling = Handling.ANSWERS
        self._server: asyncio.Server | None = None
        self._port = 0
        self._changed = asyncio.Condition()
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """For a URL."""
        return f"127.0.0.1:{self._port}"

    async def handle(self, handling: Handling) -> None:
        """From now on do that with every message, those that wait for an answer too."""
        was, self.handling = self.handling, handling
        if handling is Handling.REFUSES:
            await self.close()
        elif was is Handling.REFUSES:
            await self.listen()
        async with self._changed:
            self._changed.notify_all()

    async def page_for(self, incident: str, within: float) -> bool:
        """Whether a page of that incident is answered within so many seconds."""

        def came() -> bool:
            return any(
                one.answered and one.key.startswith(f"{incident}:") and ":page-" in one.key
                for one in self.arrived
            )

        with suppress(TimeoutError):
            async with asyncio.timeout(within), self._changed:
                await self._changed.wait_for(came)
        return came()

    async def listen(self) -> None:
        """Take connections, on the same port each time."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Take no more, and drop those that there are."""
        if self._server:
            self._server.close()
        for one in list(self._connections):
            one.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1])) if length else b""
                await self._take(head, body, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # the sender is done with it, or the sink is
        finally:
            self._connections.discard(task)
            writer.close()

    async def _take(self, head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
        handling, came = self.handling, time.time()
        number = len(self.arrived)
        self.arrived.append(_read(head, body, came))
        if handling is Handling.HANGS:
            async with self._changed:
                await self._changed.wait_for(lambda: self.handling is not Handling.HANGS)
        elif handling is Handling.LATE:
            await asyncio.sleep(_TOO_LATE)
        status = b"500 Broken" if handling is Handling.FAILS else b"200 OK"
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        if handling is Handling.ANSWERS:
            async with self._changed:
                self.arrived[number] = self.arrived[number]._replace(answered=True)
                self._changed.notify_all()


def _read(head: bytes, body: bytes, at: float) -> Arrival:
    key = _KEY.search(head)
    try:
        said = json.loads(body)
    except ValueError:
        said = {}
    return Arrival(
        key=key[1].decode() if key else "",
        person=head.split(b" ", 2)[1].decode().strip("/"),
        text=f"{said.get('title', '')}\n{said.get('message', '')}",
        at=at,
        answered=False,
    )


@asynccontextmanager
async def open_sink() -> AsyncIterator[Sink]:
    """A sink on a free port, until the block ends."""
    sink = Sink()
    await sink.listen()
    try:
        yield sink
    finally:
        await sink.close()
