"""The console of the service desk on a port of its own, and people who look at it."""

import asyncio
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from standfast.incidents.roles import Role
from standfast.web.server import Server
from tests.api.conftest import Api, open_api
from tests.console.house import Browser as OutsideBrowser
from tests.console.house import House, open_house
from tests.patience import PATIENCE
from tests.stories.desk import Desk, Ticket, until

PROGRAM = "chromium"
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_CSRF = re.compile(r'name="csrf" value="([^"]*)"')


@dataclass
class Console:
    """The console, served at `address`."""

    api: Api
    address: str

    @property
    def desk(self) -> Desk:
        return self.api.desk


@asynccontextmanager
async def served(api: Api) -> AsyncIterator[Console]:
    """The application of the desk on a free port of this machine."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(api.app)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield Console(api, f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        server.should_exit = True
        await serving
        listener.close()


@pytest.fixture
async def api(desk: Desk) -> AsyncIterator[Api]:
    """The API of the service desk of Storyville, and its pages."""
    async with open_api(desk) as api:
        yield api


@pytest.fixture
async def console(desk: Desk) -> AsyncIterator[Console]:
    """The console of the service desk of Storyville."""
    async with open_api(desk) as api, served(api) as console:
        yield console


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A console without Temporal behind it, on this machine alone."""
    async with open_house(tmp_path) as house:
        yield house


@pytest.fixture
async def browser(house: House) -> AsyncIterator[OutsideBrowser]:
    """A browser that was never there."""
    async with house.browser() as browser:
        yield browser


class Visitor:
    """Somebody without a browser: pages as text, forms as their fields."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def reads(self, path: str, status: int = 200) -> str:
        """A page as it came."""
        answer = await self.http.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    async def sends(self, path: str, seen_at: str, **fields: str) -> httpx.Response:
        """A form of the page at `seen_at`, with its CSRF token; redirects are not followed."""
        token = _CSRF.search(await self.reads(seen_at))
        assert token, f"no form on {seen_at}"
        return await self.http.post(path, data={"csrf": token[1], **fields})


@asynccontextmanager
async def visiting(api: Api, role: Role, name: str = "") -> AsyncIterator[Visitor]:
    """Somebody of that role, signed in, in this process."""
    transport = httpx.ASGITransport(api.app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", timeout=PATIENCE
    ) as http:
        visitor = Visitor(http)
        answer = await visitor.sends("/sign-in", "/sign-in", token=api.token(role, name))
        assert answer.status_code == 303, answer.text
        yield visitor


@pytest.fixture
async def ana(api: Api) -> AsyncIterator[Visitor]:
    """A responder."""
    async with visiting(api, Role.RESPONDER, "ana") as visitor:
        yield visitor


async def on_the_board(visitor: Visitor, ticket: Ticket, path: str) -> str:
    """The board, once Temporal's visibility has heard of the ticket and its stage."""

    async def there() -> str | None:
        text = await visitor.reads(path)
        return text if ticket.id in text else None

    return await until(f"{ticket.id} on {path}", there)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    program = shutil.which(PROGRAM)
    if program is None:
        words = f"there is no program {PROGRAM!r} (Debian: apt-get install chromium)"
        if os.environ.get("STANDFAST_TEST_STRICT") == "1":
            pytest.fail(words)
        pytest.skip(words)
    expect.set_options(timeout=PATIENCE * 1000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=[*_ARGUMENTS])
        yield browser
        await browser.close()


class Reader:
    """Somebody with a browser, who minds what no page may do."""

    def __init__(self, context: BrowserContext, page: Page, address: str) -> None:
        self.context = context
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        """Dialogs, errors of scripts, and what the Content-Security-Policy had to stop."""
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", self._said)

    def _said(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), getattr(message, "text", "")
        if kind == "error" and "status of 4" not in text and "status of 5" not in text:
            self.complaints.append(f"console: {text}")

    async def opens(self, path: str) -> None:
        """A page, whole."""
        await self.page.goto(self.address + path)

    async def signs_in(self, token: str) -> None:
        """By the page for it."""
        await self.opens("/sign-in")
        await self.page.fill("input[name=token]", token)
        await self.page.click("main button")
        await self.page.wait_for_url(lambda url: "/sign-in" not in url)

    async def is_as_wide_as_the_window(self) -> bool:
        """Whether nothing makes one scroll sideways."""
        wide: bool = await self.page.evaluate(
            "document.documentElement.scrollWidth <= window.innerWidth"
        )
        return wide


@asynccontextmanager
async def reading(
    chromium: Browser,
    console: Console,
    role: Role = Role.RESPONDER,
    name: str = "",
    *,
    width: int = 1280,
    dark: bool = False,
    scripts: bool = True,
    service_workers: bool = False,
) -> AsyncIterator[Reader]:
    """Somebody of that role in a browser of their own, signed in."""
    context = await chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        service_workers="allow" if service_workers else "block",
    )
    context.set_default_timeout(PATIENCE * 1000)
    try:
        reader = Reader(context, await context.new_page(), console.address)
        await reader.signs_in(console.api.token(role, name))
        yield reader
    finally:
        await context.close()
