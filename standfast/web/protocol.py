"""One HTTP connection: what it may send, how much of it, and within what time.

uvicorn parses and answers; this limits it before any work is done. httptools itself refuses what
two servers could read differently: two lengths, a length beside chunks, folded lines, bare line
feeds.
"""

import asyncio
import json
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from standfast.api.problem_details import MEDIA_TYPE, Problem
from standfast.api.security import HEADERS
from standfast.hosting.client_address import client_key
from standfast.web.connections import Connections

LONGEST_TARGET = 24_000
"""Bytes of a path with its query: as many as other servers take."""

LARGEST_HEAD = 32_000
MOST_HEADERS = 100
LARGEST_COOKIE = 8_000
"""Ours have some 600; reading one costs the square of what is quoted in it."""

MOST_PIPELINED = 16
"""Requests that are sent before the first is answered."""

_AROUND_A_BODY = 64_000
"""Bytes of chunk sizes, extensions and trailers beside as many as the body itself has."""

_STALLED_BYTES = 32_000
"""What a slow client reads at least while `stalled_after` passes."""


class LimitedProtocol(HttpToolsProtocol):
    """A connection, from its client's first byte to the last of the answer."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        table: Connections,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.client_key = ""
        self._table = table
        self._limits = table.limits
        # What is being answered; `cycle` is the request that came last.
        self._answered: RequestResponseCycle | None = None
        # Whether a request has begun to come, and whether its body does.
        self._has_begun = self._in_body = False
        # When the head must be complete; while a body comes, when that began.
        self._head_due = self._body_began = 0.0
        self._wire = self._body = self._head = 0
        self._problem: Problem | None = None
        self._ends_at: float | None = None
        # What was to be sent, and since when it has been no less.
        self._unsent = 0
        self._unsent_since: float | None = None

    # What the transport calls.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, or refuse it."""
        super().connection_made(transport)
        self.client_key = client_key(self.client[0] if self.client else "")
        self._head_due = self.loop.time() + self._limits.head_within
        if not self._table.admit(self):
            self._write_problem(Problem(503, detail="too many connections are open; try again"))
            self._ends_at = self.loop.time()
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it no longer."""
        self._table.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, unless it is more than may come."""
        if self._ends_at is not None:
            return
        self._wire += len(data)
        super().data_received(data)
        if self._ends_at is not None or self.transport.is_closing():
            return
        if not self._in_body and self._wire > LARGEST_HEAD:
            self._refuse(_head_too_large())
        elif self._in_body and self._wire > LARGEST_HEAD + _AROUND_A_BODY + 2 * self._body:
            self._refuse(Problem(400, detail="the chunks of this body hold hardly any of it"))

    def send_400_response(self, msg: str) -> None:
        """What could not be parsed, or was refused while it was."""
        self._refuse(self._problem or Problem(400, detail=msg))

    # What the parser calls.

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._has_begun = True
        self._wire = self._body = self._head = 0

    def on_url(self, url: bytes) -> None:
        """A part of the target."""
        if len(self.url) + len(url) > LONGEST_TARGET:
            self._stop(Problem(414, detail=f"the address has more than {LONGEST_TARGET} bytes"))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header. Trailers would become headers after all checks: they are dropped."""
        self._head += len(name) + len(value)
        if self._head > LARGEST_HEAD or len(self.headers) >= MOST_HEADERS:
            self._stop(_head_too_large())
        if name.lower() == b"cookie" and len(value) > LARGEST_COOKIE:
            self._stop(Problem(431, detail=f"the cookies have more than {LARGEST_COOKIE} bytes"))
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole: begin to answer, if it can mean one thing only."""
        if wrong := self._ambiguous():
            self._stop(Problem(400, detail=wrong))
        if len(self.pipeline) >= MOST_PIPELINED:
            self._stop(Problem(429, detail="too many requests were sent before the first answer"))
        self._in_body = True
        self._head = 0
        self._body_began = self.loop.time()
        super().on_headers_complete()
        if not self.pipeline:
            self._answered = self.cycle

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of a request is here."""
        super().on_message_complete()
        self._has_begun = self._in_body = False
        self._wire = 0
        if self._is_answering:
            self._table.is_answered(self)

    # What uvicorn calls.

    def on_response_complete(self) -> None:
        """An answer is sent; another request may follow."""
        self._head_due = self.loop.time() + self._limits.head_within
        more = bool(self.pipeline)
        if more:
            self._answered = self.pipeline[-1][0]
        super().on_response_complete()
        if not more:
            self._table.waits(self)

    # What the table calls.

    def cut_off(self) -> None:
        """End it at once."""
        self.transport.abort()

    def look(self, now: float) -> bool:
        """End it if it has had its time; whether it had."""
        if self._ends_at is not None:
            over = now > self._ends_at
        else:
            over = self._has_stalled(now)
            if not over and (problem := self._late(now)):
                if self._has_begun:
                    self._refuse(problem)
                else:  # browsers connect ahead of what they will ask, and expect no answer
                    self.transport.close()
                return True
        if over:
            self.transport.abort()
        return over

    def _late(self, now: float) -> Problem | None:
        """What the client has not sent in time."""
        limits = self._limits
        if self.transport.is_closing():
            return None
        if self._in_body:
            came = now - self._body_began
            if came > limits.body_within:
                return Problem(
                    408, detail=f"the body did not come within {limits.body_within:g} seconds"
                )
            if self._body < (came - limits.slow_after) * limits.bytes_per_second:
                return Problem(408, detail="the body comes too slowly")
        elif not self._is_answering and now > self._head_due:
            return Problem(
                408, detail=f"the request did not come within {limits.head_within:g} seconds"
            )
        return None

    def _has_stalled(self, now: float) -> bool:
        """Whether the client does not read what waits for it."""
        unsent = self.transport.get_write_buffer_size()
        if not unsent:
            self._unsent_since = None
        elif self._unsent_since is None or unsent <= self._unsent - _STALLED_BYTES:
            self._unsent, self._unsent_since = unsent, now
        return (
            self._unsent_since is not None and now - self._unsent_since > self._limits.stalled_after
        )

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _ambiguous(self) -> str:
        """What two servers could read differently, in words; empty where there is nothing."""
        version = self.parser.get_http_version()
        names = [name for name, _ in self.headers]
        hosts = names.count(b"host")
        codings = [value for name, value in self.headers if name == b"transfer-encoding"]
        if version not in ("1.0", "1.1"):
            return "this server speaks HTTP/1.1"
        if not self.url.startswith(b"/"):
            return "this is no proxy: the request's target must begin with /"
        if hosts > 1 or (not hosts and version == "1.1"):
            return f"a request needs one Host header; this one has {hosts or 'none'}"
        if names.count(b"authorization") > 1:
            return "a request has one Authorization header at most"
        if codings and (version == "1.0" or [one.lower() for one in codings] != [b"chunked"]):
            return "this server knows no Transfer-Encoding but chunked, of HTTP/1.1"
        return ""

    def _stop(self, problem: Problem) -> None:
        """Have the parser stop: what it then calls answers with the problem."""
        self._problem = problem
        raise ValueError(problem.detail)

    def _refuse(self, problem: Problem) -> None:
        """Answer with the problem, and close; unless an answer has begun, which is cut off."""
        if self._ends_at is not None:
            return
        self._ends_at = self.loop.time() + self._limits.lingers
        self._unset_keepalive_if_required()
        self.pipeline.clear()
        answered = self._answered if self._is_answering else None
        begun = answered is not None and answered.response_started
        if answered:
            answered.disconnected = True
            answered.message_event.set()
        self._table.waits(self)
        if begun:
            self.transport.close()
            return
        self._write_problem(problem)
        # What it still sends is read and dropped: closing at once would drop our answer as well.
        self.flow.resume_reading()
        self.transport.write_eof()

    def _write_problem(self, problem: Problem) -> None:
        body = json.dumps(problem.document).encode()
        headers = (
            *self.server_state.default_headers,
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", b"%d" % len(body)),
            *((name.lower().encode(), value.encode()) for name, value in HEADERS.items()),
            (b"connection", b"close"),
        )
        lines = [STATUS_LINE[problem.status], *(b"%s: %s\r\n" % each for each in headers), b"\r\n"]
        self.transport.write(b"".join(lines) + body)


def _head_too_large() -> Problem:
    return Problem(
        431, detail=f"the headers have more than {LARGEST_HEAD} bytes, or are over {MOST_HEADERS}"
    )
