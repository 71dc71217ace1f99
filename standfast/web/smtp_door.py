"""Who may be connected to the SMTP listener, for how long, and how much each may send.

Whoever wants to block it connects often and says nothing, sends a byte a second, or a line without
end. So all is counted, and when it is full whoever has been silent longest makes room.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP

from standfast.hosting.client_address import client_key

MAX_CONNECTIONS = 50
"""At the same time. A further client takes the place of the one that has been silent longest."""

MAX_PER_ADDRESS = 25
"""Of one address, or network of IPv6: less than all, and enough for a mail server that sends all
there is.
"""

_SPARED = 2.0
"""Seconds: whoever has been silent for less than this makes room for nobody."""

_IDLE_LIMIT = 60
_MESSAGE_WITHIN = 300
"""Seconds for the next command; from DATA until a message has come and is handled."""

_MAX_LINE = 100_000
"""Bytes; programs write longer lines than the standard's 998."""

_MAX_LINES, _BYTES_OF_A_LINE = 400_000, 40
"""Of a message, or as many as the largest has of so many bytes: each takes much more memory."""

_BETWEEN_COMMANDS = 1_000_000
"""Bytes beyond the largest message that may come without a valid command."""

_LINES_AT_A_TIME = 50
"""Then others have their turn."""

_PROGRESS = 32_000
"""Bytes of a message that count as a sign of life; one that sends a byte a second shows none."""

_MAX_COMMANDS = {
    **{"*": 20, "MAIL": 1_000, "DATA": 1_000, "RCPT": 20_000},
    **{"RSET": 1_000, "EHLO": 100, "HELO": 100, "NOOP": 200, "QUIT": 1},
}
"""Of a connection, by command; `*` is for each of the others."""

_BUSY = b"421 4.3.2 too many connections at once, please try again later\r\n"
_MAKE_ROOM = b"421 4.3.2 too many connections at once, and you have been silent longest\r\n"
_TOO_MUCH = b"421 4.3.2 that is more than any message may have\r\n"


class Door:
    """All open connections. `max_bytes`: of the largest message, by the policy of the moment."""

    def __init__(self, handler: object, max_bytes: Callable[[], int]) -> None:
        self._handler = handler
        self._max_bytes = max_bytes
        self._open: set[_Conversation] = set()

    def conversation(self) -> asyncio.Protocol:
        """One more client."""
        return _Conversation(self, self._handler, self._max_bytes())

    def admits(self, client: "_Conversation") -> bool:
        """Whether there is room for a client; if there was none, another one has been sent away."""
        of_address = [one for one in self._open if one.address == client.address]
        for those, most in ((of_address, MAX_PER_ADDRESS), (list(self._open), MAX_CONNECTIONS)):
            if len(those) >= most and not _made_room(those):
                return False
        self._open.add(client)
        return True

    def left(self, client: "_Conversation") -> None:
        """A client has gone."""
        self._open.discard(client)

    def close(self) -> None:
        """Close all connections."""
        for client in list(self._open):
            client.send_away(b"")


def _made_room(clients: "list[_Conversation]") -> bool:
    silent = [one for one in clients if one.silent_for() > _SPARED]
    if not silent:
        return False
    max(silent, key=_Conversation.silent_for).send_away(_MAKE_ROOM)
    return True


class _Conversation(SMTP):
    """One connection."""

    line_length_limit = _MAX_LINE

    def __init__(self, door: Door, handler: object, max_bytes: int) -> None:
        super().__init__(
            handler,
            data_size_limit=max_bytes,
            enable_SMTPUTF8=True,
            hostname="standfast",
            ident="Standfast",
            timeout=_IDLE_LIMIT,
            command_call_limit=_MAX_COMMANDS,
        )
        self._door = door
        self._max_bytes = max_bytes
        self._max_lines = max(_MAX_LINES, max_bytes // _BYTES_OF_A_LINE)
        self._bytes = self._lines = 0
        self._progress = time.monotonic()
        self._is_handled = False
        self._refused = False
        self.address = ""

    def silent_for(self) -> float:
        """Seconds since it said anything that counts; 0 while its message is handled."""
        return 0.0 if self._is_handled else time.monotonic() - self._progress

    def send_away(self, words: bytes) -> None:
        """Say why, and close the connection."""
        self._door.left(self)
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.write(words)
            self.transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the client, or ask it to try again later."""
        self.address = client_key(str((transport.get_extra_info("peername") or ("",))[0]))
        if not self._door.admits(self):
            self._refused = True
            if isinstance(transport, asyncio.WriteTransport):
                transport.write(_BUSY)
            transport.close()
            return
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Stop counting the connection."""
        if self._refused:
            return
        self._door.left(self)
        super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """Nothing more will come."""
        return False if self._refused else super().eof_received()

    def data_received(self, data: bytes) -> None:
        """Count what comes; nobody sends more than a message without a valid command."""
        if self._refused:
            return
        before = self._bytes
        self._bytes += len(data)
        self._lines += data.count(b"\n")
        if before // _PROGRESS < self._bytes // _PROGRESS:
            self._progress = time.monotonic()
        if self._bytes > self._max_bytes + _BETWEEN_COMMANDS or self._lines > self._max_lines:
            self.send_away(_TOO_MUCH)
            return
        super().data_received(data)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's
        """Receive a message, and handle it."""
        self._reset_timeout(_MESSAGE_WITHIN)
        await super().smtp_DATA(arg)
        if self.transport is not None:
            self._reset_timeout()

    async def _call_handler_hook(self, command: str, *args: Any) -> Any:
        self._is_handled = command == "DATA"
        try:
            return await super()._call_handler_hook(command, *args)
        finally:
            self._is_handled = False

    def _reset_timeout(self, duration: float | None = None) -> None:
        # Called for each valid command.
        self._bytes = self._lines = 0
        self._progress = time.monotonic()
        super()._reset_timeout(duration)

    def _cb_client_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        fair: Any = _FairReader(reader)  # it has what aiosmtpd uses of a reader
        super()._cb_client_connected(fair, writer)


class _FairReader:
    """Reads lines; others have their turn, though the next line is there already."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._lines = 0

    async def readuntil(self, separator: bytes = b"\n") -> bytes:
        """The next line."""
        self._lines += 1
        if self._lines % _LINES_AT_A_TIME == 0:
            await asyncio.sleep(0)
        return await self._reader.readuntil(separator)

    async def read(self, most: int) -> bytes:
        """At most so many bytes."""
        return await self._reader.read(most)
