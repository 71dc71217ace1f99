"""How long people wait for the board, a list, a search or an incident's page."""

import html
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx

from benchmarks.percentiles import percentiles
from benchmarks.processes import Standfast
from benchmarks.stuck.console import sign_in

_TIMEOUT = 60.0

_NEXT = re.compile(r'href="([^"]*)" rel="next"')

LOOKS: Mapping[str, str] = {
    "board": "/",
    "board_of_a_team": "/?team=apps",
    "board_of_a_stage": "/?stage=resolve",
    "board_page_10": "/",
    "list": "/api/incidents",
    "list_of_200": "/api/incidents?limit=200",
    "search_service": "/api/incidents?service=shop",
    "search_team_and_priority": "/api/incidents?team=apps&priority=P4",
    "search_without_result": "/api/incidents?service=no-such&priority=P1",
    "incident": "/api/incidents/{incident}",
    "incident_page": "/incidents/{incident}",
}
"""What is looked at, and its address; the board's tenth page is found page by page."""

BOARD_AND_LISTS = tuple(name for name in LOOKS if not name.startswith("incident"))
"""Those of them that show many incidents."""


@asynccontextmanager
async def onlooker(running: Standfast) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody signed in to the console, who may ask the API too, until the block ends."""
    async with httpx.AsyncClient(base_url=running.api, timeout=_TIMEOUT) as http:
        await sign_in(http, running.token)
        http.headers.update(running.headers)
        yield http


async def looks(http: httpx.AsyncClient, incident: str, times: int) -> dict[str, dict[str, float]]:
    """p50 and p95 of so many looks at each, after one that does not count.

    Raises:
        httpx.HTTPStatusError: one was not answered as it should be.
    """
    found = {}
    for name, address in LOOKS.items():
        path = address.format(incident=incident)
        if name == "board_page_10":
            path = await _tenth_page(http, path)
        await _look(http, path)
        found[name] = percentiles([await _look(http, path) for _ in range(times)], 50, 95)
    return found


async def _tenth_page(http: httpx.AsyncClient, path: str) -> str:
    """The address of the board's tenth page, or of the last one where it has fewer."""
    for _ in range(9):
        page = await http.get(path)
        page.raise_for_status()
        following = _NEXT.search(page.text)
        if following is None:
            break
        path = html.unescape(following[1])
    return path


async def _look(http: httpx.AsyncClient, path: str) -> float:
    began = time.perf_counter()
    answer = await http.get(path)
    took = time.perf_counter() - began
    answer.raise_for_status()
    return took
