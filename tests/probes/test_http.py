"""The HTTP probe against a real server, and against ports where nobody is well."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from activities.probes import http
from activities.probes.observation import Observation
from incidents.policy.services import HttpTest
from incidents.resolution import Verdict

SOON = timedelta(seconds=5)

Page = tuple[str, str, bytes]
"""Status line, further header lines, body."""

PAGES: dict[str, Page] = {
    "/": ("200 OK", "", b"Welcome to the shop"),
    "/broken": ("500 Internal Server Error", "", b"oh no"),
    "/teapot": ("418 I'm a teapot", "", b""),
    "/moved": ("302 Found", "Location: /\r\n", b""),
    "/round": ("302 Found", "Location: /round\r\n", b""),
    "/away": ("302 Found", "Location: http://elsewhere.example/\r\n", b""),
    "/away-credentials": ("302 Found", "Location: http://127.0.0.1@elsewhere.example/\r\n", b""),
    "/nonsense": ("302 Found", "Location: http://[::1/\r\n", b""),
    "/latin": ("200 OK", "Content-Type: text/html; charset=latin-1\r\n", "grün".encode("latin-1")),
    "/control": ("302 Found", "Location: http://a\x1b[31mb.example/\r\n", b""),
}


class Site:
    """A small web site that remembers what it was asked."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.asked: list[str] = []
        self.headers: list[str] = []


@asynccontextmanager
async def a_site() -> AsyncIterator[Site]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = request.split()[1]
        site.asked.append(path)
        site.headers.append(request)
        try:
            if path == "/endless":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                while True:
                    writer.write(b"x" * 100_000)
                    await writer.drain()
            elif path == "/silent":
                await reader.read()
            elif path == "/drip":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                while not reader.at_eof():
                    writer.write(b"x")
                    await writer.drain()
                    await asyncio.sleep(0.01)
            elif path == "/garbage":
                writer.write(b"220 mail.fernhill.example ESMTP\r\n\r\n")
            else:
                status, headers, body = PAGES[path]
                head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
                writer.write(head.encode() + body)
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    site = Site(server.sockets[0].getsockname()[1])
    async with server:
        yield site


async def ask(
    site: Site, path: str, *, status: int = 200, contains: str = "", within: timedelta = SOON
) -> Observation:
    test = HttpTest(url=site.address + path, status=status, contains=contains)
    return await http.probe(test, within)


EXPECTED = [
    ("/", 200, "", Verdict.RESOLVED, "answered 200"),
    ("/", 200, "Welcome", Verdict.RESOLVED, "answered 200 with 'Welcome'"),
    ("/", 200, "Goodbye", Verdict.UNRESOLVED, "answered 200 without 'Goodbye'"),
    ("/latin", 200, "grün", Verdict.RESOLVED, "answered 200 with 'grün'"),
    ("/broken", 200, "", Verdict.UNRESOLVED, "answered 500, expected 200"),
    ("/teapot", 418, "", Verdict.RESOLVED, "answered 418"),
    ("/moved", 200, "Welcome", Verdict.RESOLVED, "answered 200 with 'Welcome'"),
    ("/moved", 302, "", Verdict.RESOLVED, "answered 302"),
    ("/round", 200, "", Verdict.UNRESOLVED, "redirected more than 5 times"),
]


@pytest.mark.parametrize(("path", "status", "contains", "says", "detail"), EXPECTED)
async def test_status_and_content_decide(
    path: str, status: int, contains: str, says: Verdict, detail: str
) -> None:
    async with a_site() as site:
        assert await ask(site, path, status=status, contains=contains) == (says, detail)


@pytest.mark.parametrize("path", ["/away", "/away-credentials"])
async def test_a_redirect_to_another_host_is_not_followed(path: str) -> None:
    async with a_site() as site:
        seen = await ask(site, path)
    assert seen.says is Verdict.UNRESOLVED
    assert seen.detail == (
        "answered 302 with a redirect to elsewhere.example, which is not followed"
    )


@pytest.mark.parametrize("path", ["/nonsense", "/garbage", "/control"])
async def test_an_answer_that_makes_no_sense_is_a_failure(path: str) -> None:
    async with a_site() as site:
        seen = await ask(site, path)
    assert seen.says is Verdict.UNRESOLVED
    assert seen.detail.isprintable()


async def test_a_body_without_end_is_not_read_to_its_end() -> None:
    async with a_site() as site:
        seen = await ask(site, "/endless", contains="y")
        assert seen == (
            Verdict.UNRESOLVED,
            "answered 200 without 'y' in its first 1000000 bytes",
        )


@pytest.mark.parametrize("path", ["/silent", "/drip"])
async def test_the_time_limit_holds_for_the_whole_of_it(path: str) -> None:
    async with a_site() as site:
        seen = await ask(site, path, contains="y", within=timedelta(seconds=1))
    assert seen == (Verdict.UNRESOLVED, "no answer within 1 s")


async def test_it_asks_straight_with_nothing_of_the_workers_surroundings() -> None:
    os.environ["http_proxy"] = "http://127.0.0.1:1"
    try:
        async with a_site() as site:
            seen = await ask(site, "/")
    finally:
        del os.environ["http_proxy"]
    assert seen.says is Verdict.RESOLVED
    assert site.asked == ["/"]
    assert "user-agent: standfast" in site.headers[0].lower()


async def test_a_refused_connection_is_a_failure_in_the_systems_words() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        test = HttpTest(url=f"http://127.0.0.1:{unheard.getsockname()[1]}/")
        assert await http.probe(test, SOON) == (
            Verdict.UNRESOLVED,
            "no answer: Connection refused",
        )


async def test_a_server_that_does_not_speak_tls_is_a_failure() -> None:
    async with a_site() as site:
        test = HttpTest(url=site.address.replace("http:", "https:"))
        seen = await http.probe(test, timedelta(seconds=4))
    assert seen == (Verdict.UNRESOLVED, "no connection within 2 s")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "127.0.0.1/health", "http://"])
async def test_a_url_that_cannot_be_asked_settles_nothing(url: str) -> None:
    seen = await http.probe(HttpTest(url=url), SOON)
    assert seen.says is None
    assert seen.detail.startswith("its URL cannot be asked: ")
