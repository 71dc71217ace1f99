"""A small web site that remembers what it was asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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
    "/to-a-file": ("302 Found", "Location: file:///etc/passwd\r\n", b""),
    "/latin": ("200 OK", "Content-Type: text/html; charset=latin-1\r\n", "grün".encode("latin-1")),
    "/control": ("302 Found", "Location: http://a\x1b[31mb.example/\r\n", b""),
    "/cookie": ("302 Found", "Location: /\r\nSet-Cookie: session=1\r\n", b""),
    "/packed-twice": ("200 OK", "Content-Encoding: gzip, gzip\r\n", b"\x1f\x8b"),
}


class Site:
    """One that is running. `pages` may be added to."""

    def __init__(self, address: str, port: int) -> None:
        self.port = port
        self.address = f"http://{address}:{port}"
        self.pages = dict(PAGES)
        self.asked: list[str] = []
        self.requests: list[str] = []

    def redirect(self, path: str, to: str) -> None:
        self.pages[path] = ("302 Found", f"Location: {to}\r\n", b"")


@asynccontextmanager
async def a_site(address: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Site]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = request.split()[1]
            site.asked.append(path)
            site.requests.append(request)
            if path == "/endless":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                while True:
                    writer.write(b"x" * 100_000)
                    await writer.drain()
            elif path.startswith(("/silent", "/slow/")):
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
                status, headers, body = site.pages[path.partition("?")[0]]
                head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
                writer.write(head.encode() + body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, address, port)
    site = Site(address, server.sockets[0].getsockname()[1])
    async with server:
        yield site
