"""HTTP probe: a GET request that must answer with a status and a text."""

import asyncio
import ssl
from datetime import timedelta
from functools import cache

import httpx

from activities.probes.observation import (
    Observation,
    fails,
    in_words,
    quote,
    settles_nothing,
    works,
)
from incidents.message import words_of
from incidents.policy.services import HttpTest

MOST_REDIRECTS = 5
LARGEST_BODY = 1_000_000
"""Bytes of an answer that are looked at."""


async def probe(test: HttpTest, within: timedelta) -> Observation:
    """Ask once, following redirects on the same host only, straight and not through a proxy."""
    try:
        async with asyncio.timeout(within.total_seconds()), _client(within) as client:
            return await _ask(client, test)
    except httpx.ConnectTimeout:
        return fails(f"no connection within {words_of(within / 2)}")
    except TimeoutError:
        return fails(f"no answer within {words_of(within)}")
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        return settles_nothing(f"its URL cannot be asked: {quote(str(error))}")
    except httpx.HTTPError as error:
        return fails(f"no answer: {_cause(error)}")


def _client(within: timedelta) -> httpx.AsyncClient:
    # trust_env would also send what a .netrc holds; the system's certificates are trusted without.
    return httpx.AsyncClient(
        trust_env=False,
        verify=_trusted(),
        # The caller's limit holds for the whole of it. Connecting and the TLS handshake get half
        # each, so that they end by themselves: cut off from outside they would leave a socket open.
        timeout=httpx.Timeout(None, connect=within.total_seconds() / 2),
        headers={"User-Agent": "standfast", "Accept-Encoding": "identity"},
    )


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that the system trusts, read once: it takes a tenth of a second."""
    return ssl.create_default_context()


async def _ask(client: httpx.AsyncClient, test: HttpTest) -> Observation:
    url = httpx.URL(test.url)
    for _ in range(MOST_REDIRECTS + 1):
        async with client.stream("GET", url) as response:
            answered = f"answered {response.status_code}"
            if response.status_code == test.status:
                return await _content(response, test.contains, answered)
            following = response.next_request
            if following is None:
                return fails(f"{answered}, expected {test.status}")
            if following.url.host != url.host:
                host = quote(following.url.host)
                return fails(f"{answered} with a redirect to {host}, which is not followed")
            url = following.url
    return fails(f"redirected more than {MOST_REDIRECTS} times")


async def _content(response: httpx.Response, contains: str, answered: str) -> Observation:
    if not contains:
        return works(answered)
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) >= LARGEST_BODY:
            break
    text = body[:LARGEST_BODY].decode(response.encoding or "utf-8", errors="replace")
    if contains in text:
        return works(f"{answered} with {quote(contains)!r}")
    where = f" in its first {LARGEST_BODY} bytes" if len(body) >= LARGEST_BODY else ""
    return fails(f"{answered} without {quote(contains)!r}{where}")


def _cause(error: httpx.HTTPError) -> str:
    """What the system said, where that is what it goes back to; else what httpx says."""
    seen: list[BaseException] = [error]
    while (cause := seen[-1].__cause__ or seen[-1].__context__) and cause not in seen:
        seen.append(cause)
    systems = [in_words(cause) for cause in seen if isinstance(cause, OSError)]
    return systems[-1] if systems else quote(str(error) or type(error).__name__)
