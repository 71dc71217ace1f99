"""The console, open in a tab for each incident and one for the board, as in a browser."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx

from benchmarks.processes import api
from benchmarks.stuck.installation import Installation
from benchmarks.stuck.people import ANSWERED

_CSRF = re.compile(r'name="csrf" value="([^"]*)"')
_CHANGED = "event: changed"
_COMES_BACK_AFTER = 0.5
"""Seconds until a tab loads its page anew whose server did not answer, or whose stream ended."""

_ANY_NUMBER = httpx.Limits(max_connections=None)


@asynccontextmanager
async def console_open(
    installation: Installation, incidents: Sequence[str], looks: Counter[str]
) -> AsyncIterator[None]:
    """Every tab loads its page at each change that the server tells of, until the block ends.

    looks: counts the pages by how they came.
    """
    async with (
        api(installation.variables, installation.place / "api.log") as served,
        httpx.AsyncClient(base_url=served.address, timeout=30, limits=_ANY_NUMBER) as http,
    ):
        await sign_in(http, served.token)
        pages = {"/": "/live"} | {
            f"/incidents/{each}": f"/incidents/{each}/live" for each in incidents
        }
        tabs = [asyncio.create_task(_tab(http, page, live, looks)) for page, live in pages.items()]
        try:
            yield
        finally:
            for tab in tabs:
                tab.cancel()
            ends = await asyncio.gather(*tabs, return_exceptions=True)
        if failures := [end for end in ends if not isinstance(end, asyncio.CancelledError)]:
            raise RuntimeError(f"{len(failures)} tabs failed: {failures[0]!r}")


async def sign_in(http: httpx.AsyncClient, token: str) -> None:
    """Sign in as a person does; the client keeps the cookie.

    Raises:
        RuntimeError: it was refused.
    """
    form = _CSRF.search((await http.get("/sign-in")).text)
    if form is None:
        raise RuntimeError("the page for signing in has no form")
    answer = await http.post("/sign-in", data={"csrf": form[1], "token": token})
    if answer.status_code != httpx.codes.SEE_OTHER:
        raise RuntimeError(f"nobody could sign in to the console: {answer.status_code}")


async def _tab(http: httpx.AsyncClient, page: str, live: str, looks: Counter[str]) -> None:
    while True:
        try:
            await _load(http, page, looks)
            async with http.stream("GET", live) as stream:
                async for line in stream.aiter_lines():
                    if line == _CHANGED:
                        await _load(http, page, looks)
        except httpx.HTTPError as error:
            looks[type(error).__name__] += 1
        await asyncio.sleep(_COMES_BACK_AFTER)


async def _load(http: httpx.AsyncClient, page: str, looks: Counter[str]) -> None:
    answer = await http.get(page)
    looks[ANSWERED if answer.is_success else f"status {answer.status_code}"] += 1
