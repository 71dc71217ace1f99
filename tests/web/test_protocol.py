"""What a client may send: asked of a real server, with real connections."""

import asyncio
import logging
import os
import resource
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, StreamingResponse

from standfast.api.problem_details import install
from standfast.web.connections import ConnectionLimits
from standfast.web.protocol import LARGEST_COOKIE, LARGEST_HEAD, LONGEST_TARGET, MOST_HEADERS
from standfast.web.server import Server
from tests.patience import PATIENCE

HOST = b"Host: here\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
SHORT = ConnectionLimits(
    total=12,
    per_client=10,
    head_within=0.3,
    body_within=0.6,
    slow_after=0.2,
    bytes_per_second=50,
    stalled_after=0.3,
    lingers=0.2,
)


def asked_back() -> FastAPI:
    """An application that answers how much it got, and streams without end."""
    app = FastAPI()
    app.state.leaving = asyncio.Event()
    install(app)

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def took(request: Request, path: str) -> Any:
        if path == "flood":

            async def without_end() -> AsyncIterator[bytes]:
                while True:
                    yield b"x" * 1_000_000
                    await asyncio.sleep(0)

            return StreamingResponse(without_end())
        if path == "stream":

            async def until_the_end() -> AsyncIterator[bytes]:
                yield b"begun"
                await app.state.leaving.wait()

            return StreamingResponse(until_the_end())
        body = b"" if path == "unread" else await request.body()
        return PlainTextResponse(f"{len(body)} bytes, {request.headers.get('x-late', 'no')} late")

    return app


@dataclass
class Listening:
    server: Server
    port: int

    async def send(self, *parts: bytes, rest: bytes = b"") -> bytes:
        """All that comes back until the connection is closed; `rest` is sent until then."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)

        async def go_on() -> None:
            while rest:
                writer.write(rest)
                await writer.drain()
                await asyncio.sleep(0.02)

        for part in parts:
            writer.write(part)
            await writer.drain()
        going_on = asyncio.create_task(go_on())
        try:
            async with asyncio.timeout(PATIENCE):
                return await reader.read()
        except ConnectionError:
            return b""
        finally:
            going_on.cancel()
            await asyncio.gather(going_on, return_exceptions=True)
            await closed(writer)

    async def is_well(self) -> bool:
        return b" 200 OK" in await self.send(get(b"Connection: close"))


@asynccontextmanager
async def listening(limits: ConnectionLimits = SHORT) -> AsyncIterator[Listening]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(asked_back(), limits)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await soon(lambda: server.started)
        try:
            yield Listening(server, listener.getsockname()[1])
        finally:
            server.should_exit = True
            async with asyncio.timeout(PATIENCE):
                await serving


async def soon(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - what is waited for knows of no event
            await asyncio.sleep(0.01)


async def closed(*writers: asyncio.StreamWriter) -> None:
    for writer in writers:
        writer.close()
    await asyncio.gather(*(one.wait_closed() for one in writers), return_exceptions=True)


def get(*headers: bytes, target: bytes = b"/", version: bytes = b"1.1") -> bytes:
    lines = b"".join(line + b"\r\n" for line in headers)
    return b"GET " + target + b" HTTP/" + version + b"\r\n" + HOST + lines + b"\r\n"


def post(*lines: bytes) -> bytes:
    return b"POST / HTTP/1.1\r\n" + HOST + b"".join(lines)


REFUSED: dict[str, tuple[int, bytes]] = {
    "two Host headers": (400, get(b"Host: there")),
    "no Host header": (400, b"GET / HTTP/1.1\r\n\r\n"),
    "an absolute target": (400, get(target=b"http://evil.example/api/incidents")),
    "a target of a proxy": (400, b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "an asterisk": (400, b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a length beside chunks": (400, post(CHUNKED, b"Content-Length: 3\r\n\r\n0\r\n\r\n")),
    "two lengths": (400, post(b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd")),
    "a length that is none": (400, post(b"Content-Length: +3\r\n\r\nabc")),
    "chunks of another name": (400, post(b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")),
    "chunks in an older version": (
        400,
        post(CHUNKED, b"\r\n0\r\n\r\n").replace(b"1.1", b"1.0"),
    ),
    "chunks of something packed": (
        400,
        post(b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    ),
    "two tokens": (400, get(b"Authorization: Bearer a", b"Authorization: Bearer b")),
    "a folded header": (400, get(b"X: a", b" b")),
    "a space before the colon": (400, get(b"X : a")),
    "bare line feeds": (400, get().replace(b"\r\n", b"\n")),
    "an older version": (400, b"GET /\r\n\r\n"),
    "a newer version": (400, get(version=b"2.0")),
    "a method nobody knows": (400, get().replace(b"GET", b"FOO")),
    "a NUL": (400, get(b"X: a\0b")),
    "TLS": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "a long target": (414, get(target=b"/?" + b"a&" * (LONGEST_TARGET // 2))),
    "a target without end": (414, b"GET /" + b"a" * 400_000),
    "many headers": (431, get(*[b"a: b"] * MOST_HEADERS)),
    "a header without end": (431, get()[:-2] + b"X: " + b"a" * 400_000),
    "headers without end": (431, get()[:-2] + b"X-Long: " + b"a: b\r\n" * 60_000),
    "large headers": (431, get(*[b"X: " + b"a" * 3_000] * (LARGEST_HEAD // 3_000 + 1))),
    "a large cookie": (431, get(b"Cookie: a=" + b'\\"' * (LARGEST_COOKIE // 2))),
    "line ends without end": (431, b"\r\n" * 200_000),
    "an extension without end": (400, post(CHUNKED, b"\r\n1;" + b"a" * 400_000)),
    "trailers without end": (431, post(CHUNKED, b"\r\n0\r\n" + b"X-Late: 1\r\n" * 60_000)),
    "tiny chunks": (400, post(CHUNKED, b"\r\n" + b"1\r\na\r\n" * 100_000)),
}


async def test_what_is_refused_before_any_work_is_done() -> None:
    async with listening() as here:
        for name, (status, sent) in REFUSED.items():
            answer = await here.send(sent)
            # What begins with a good head may have been answered as far as it was good.
            statuses = [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]
            assert statuses[-1:] == [status], (name, answer[:300])
            assert b"connection: close" in answer, name
            assert b"x-content-type-options: nosniff" in answer, name
            assert b"content-security-policy: default-src 'none'" in answer, name
        assert await here.is_well()


async def test_what_is_unusual_and_means_one_thing_is_taken() -> None:
    async with listening() as here:
        close = b"Connection: close\r\n"
        chunks = b"\r\n3;note=1\r\nabc\r\n2\r\nde\r\n0\r\nX-Late: forged\r\n\r\n"
        answer = await here.send(post(CHUNKED, close, chunks))
        assert b"5 bytes, no late" in answer  # a trailer is no header
        assert b" 200 " in await here.send(get(b"Connection: close", target=b"//a?b#c"))
        assert b" 200 " in await here.send(b"GET / HTTP/1.0\r\n\r\n")
        two = await here.send(get() + get(b"Connection: close"))
        assert two.count(b" 200 OK") == 2
        assert b" 429 " in await here.send(get() + get(target=b"/stream") + get() * 20)


async def test_what_is_refused_does_not_get_into_the_answer_before_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with listening() as here:
        assert b" 429 " in await here.send(get() * 20)
        reader, writer = await asyncio.open_connection("127.0.0.1", here.port)
        writer.write(get(target=b"/stream"))
        await reader.readuntil(b"begun")
        writer.write(get() * 20)
        assert b" 429 " not in await reader.read()
        await closed(writer)
    assert all(one.levelno < logging.ERROR for one in caplog.records), caplog.text


async def test_a_request_that_does_not_come_is_not_waited_for() -> None:
    async with listening() as here:
        body = b"Content-Length: 1000\r\n\r\n"
        slow = await asyncio.gather(
            here.send(),
            here.send(b"GET / HTTP/1.1\r\n", rest=b"X: a\r\n"),
            here.send(get(), b"GET / HT"),
            here.send(post(body, b"ab")),
            here.send(post(body), rest=b"abcd"),
            here.send(post(body).replace(b"POST /", b"POST /unread"), rest=b"a"),
        )
        assert slow[0] == b""  # a browser that connects ahead expects no answer
        for answer in slow[1:]:
            assert b" 408 Request Timeout" in answer, answer
        await soon(lambda: not len(here.server.connections))


async def test_an_answer_that_nobody_reads_is_not_kept() -> None:
    async with listening() as here:
        with socket.create_connection(("127.0.0.1", here.port)) as client:
            client.sendall(get(target=b"/flood"))
            await soon(lambda: len(here.server.connections) > 0)
            await soon(lambda: not len(here.server.connections))


async def test_those_who_hold_connections_open_keep_nobody_out() -> None:
    patient = ConnectionLimits(total=12, per_client=10, head_within=PATIENCE)
    async with listening(patient) as here:
        held = [await asyncio.open_connection("127.0.0.1", here.port) for _ in range(9)]
        for _, writer in held:
            writer.write(b"GET / HTTP/1.1\r\nHost: ")
        stream, asking = await asyncio.open_connection("127.0.0.1", here.port)
        asking.write(get(target=b"/stream"))
        await stream.readuntil(b"begun")
        for _ in range(30):
            assert await here.is_well()
        assert await held[0][0].read() == b""  # who waited longest made room
        assert len(here.server.connections) <= 10
        await closed(*(writer for _, writer in held))
        # What is answered is never cut off; who comes then is told so.
        streams = [await asyncio.open_connection("127.0.0.1", here.port) for _ in range(9)]
        for reader, writer in streams:
            writer.write(get(target=b"/stream"))
            await reader.readuntil(b"begun")
        assert b" 503 " in await here.send()
        here.server.config.app.state.leaving.set()  # type: ignore[union-attr]
        await stream.readuntil(b"0\r\n\r\n")
        await closed(asking, *(writer for _, writer in streams))


async def test_without_descriptors_it_pauses_and_goes_on_and_the_log_stays_small(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What asyncio itself does then, which the log would not survive: see `hosting.logs`."""
    async with listening() as here:
        stream, asking = await asyncio.open_connection("127.0.0.1", here.port)
        asking.write(get(target=b"/stream"))
        await stream.readuntil(b"begun")
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        with socket.socket() as late:
            late.setblocking(False)
            resource.setrlimit(resource.RLIMIT_NOFILE, (late.fileno() + 1, limits[1]))
            taken: list[int] = []
            try:
                while True:  # the numbers below the limit that were free
                    taken.append(os.dup(0))
            except OSError:
                pass
            try:
                loop = asyncio.get_running_loop()
                await loop.sock_connect(late, ("127.0.0.1", here.port))
                await loop.sock_sendall(late, get(b"Connection: close"))
                await soon(lambda: "out of system resource" in caplog.text)
                assert not asking.is_closing()
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, limits)
                for each in taken:
                    os.close(each)
            async with asyncio.timeout(PATIENCE):
                assert b" 200 OK" in await loop.sock_recv(late, 1_000)
        assert len(caplog.records) <= 100  # for each second; all but one are left out
        await closed(asking)
