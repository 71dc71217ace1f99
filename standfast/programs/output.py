"""What a program printed, for people to read: its beginning and its end, and nothing unsafe."""

import asyncio
import os
import re
from typing import Self, cast

from pydantic import TypeAdapter

from standfast.messages.message import MultilineText

_ESCAPE_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # colours, cursor movements
    r"|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links and other strings
    r"|[ -/]*[0-~])"
)
_PROSE: TypeAdapter[str] = TypeAdapter(MultilineText)

LEFT_OUT = re.compile(r"\n?… (?:[\d,]+ bytes|the rest) left out …\n?")
"""What stands in place of the middle, or the end, of a long output."""

_FLOOD = 1_000_000
_PAUSE = 0.001
"""Seconds between two reads of a flood: it must not keep our event loop busy."""


class HeadAndTail(asyncio.Protocol):
    """Reads a pipe; keeps the first and the last `limit / 2` bytes, whatever comes between."""

    def __init__(self, limit: int) -> None:
        self._room = max(limit // 2, 1)
        self._head = self._tail = b""
        self._count = 0
        self.ended = asyncio.Event()

    @classmethod
    async def of(cls, pipe: int, limit: int) -> Self:
        """Read this end of a pipe from now on, until `close`, which closes it."""
        loop = asyncio.get_running_loop()
        source = os.fdopen(pipe, "rb", buffering=0)
        _, reading = await loop.connect_read_pipe(lambda: cls(limit), source)
        return reading

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.ReadTransport, transport)

    def data_received(self, data: bytes) -> None:
        self._count += len(data)
        room = self._room - len(self._head)
        self._head += data[:room]
        self._tail = (self._tail + data[room:][-self._room :])[-self._room :]
        if self._count > _FLOOD:
            self._transport.pause_reading()
            asyncio.get_running_loop().call_later(_PAUSE, self._transport.resume_reading)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.ended.set()

    def close(self) -> None:
        """Stop reading."""
        self._transport.close()

    def __str__(self) -> str:
        left_out = self._count - len(self._head) - len(self._tail)
        mark = f"\n… {left_out:,} bytes left out …\n" if left_out else ""
        text = (self._head + mark.encode() + self._tail).decode(errors="replace")
        return _PROSE.validate_python(_ESCAPE_SEQUENCE.sub("", text))
