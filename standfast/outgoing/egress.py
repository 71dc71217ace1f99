"""Requests to other hosts: only those on the policy's list, and only at addresses that it permits.

A name is looked up once, each address is checked, and the connection goes to one that was: what the
name leads to a moment later makes no difference. Redirects are checked in the same way.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import cache
from ipaddress import ip_address
from socket import SOCK_STREAM

import httpx

from standfast.incidents.observation import quote
from standfast.outgoing.os_errors import reason_of
from standfast.policy.hosts import knows, literal, permits, plain_name, unmapped

MOST_ADDRESSES = 4
"""Of one name, that are tried one after the other."""

_LONGEST_HOST = 100


class NotAllowed(Exception):  # noqa: N818
    """The policy's list of hosts does not permit it. `reason` is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RedirectNotAllowed(NotAllowed):
    """It answered, with a redirect to where it may not be followed."""


async def resolved(hosts: Sequence[str], name: str, port: int, within: timedelta) -> list[str]:
    """The addresses of a host that may be reached, as the system's resolver orders them.

    Raises:
        NotAllowed: the name is not on the list, or none of its addresses is permitted.
        TimeoutError: the resolver did not answer.
        OSError: the name leads nowhere.
    """
    shown = quote(name, _LONGEST_HOST)
    if not knows(hosts, name):
        raise NotAllowed(f"{shown} is not on the policy's list of hosts")
    address, plain = literal(name), plain_name(name)
    if address is not None or plain is None:
        return [str(address)]
    async with asyncio.timeout(within.total_seconds()):
        looking = asyncio.get_running_loop().getaddrinfo(plain, port, type=SOCK_STREAM)
        found = [str(entry[4][0]) for entry in await looking]
    # An address with a zone holds on one link only, and no URL has room for it.
    addresses = [unmapped(ip_address(text)) for text in dict.fromkeys(found) if "%" not in text]
    permitted = [address for address in addresses if permits(hosts, name, address)]
    if not permitted:
        led_to = ", ".join(map(str, addresses)) or "no address that can be used"
        raise NotAllowed(
            f"{shown} leads to {led_to}, which only an address or network on the policy's list"
            " of hosts permits"
        )
    return [str(address) for address in dict.fromkeys(permitted)]


async def connect(
    hosts: Sequence[str], name: str, port: int, within: timedelta
) -> asyncio.StreamWriter:
    """A connection to the first of a host's permitted addresses that accepts one.

    Raises:
        NotAllowed, TimeoutError: as `resolved`.
        OSError: the name leads nowhere, or no address accepts; how the last one refused.
    """
    async with asyncio.timeout(within.total_seconds()) as limit:
        left = (await resolved(hosts, name, port, within))[:MOST_ADDRESSES]
        while True:
            address = left.pop(0)
            part = _left(limit) / (len(left) + 1) if left else None
            try:
                async with asyncio.timeout(part.total_seconds() if part else None):
                    return (await asyncio.open_connection(address, port))[1]
            except OSError:  # out of its part of the time too
                if not left:
                    raise


@asynccontextmanager
async def request(
    method: str,
    url: str,
    *,
    hosts: Sequence[str],
    within: timedelta,
    headers: Mapping[str, str] | None = None,
    content: bytes | str | None = None,
    redirects: int = 0,
) -> AsyncIterator[httpx.Response]:
    """Make a request, and hand out the answer while its body is still to be read.

    Straight: through no proxy, with no cookies, and no password of a .netrc. A GET follows
    `redirects`, without `headers` where they leave for another origin; 0 hands out the redirect.

    within: for everything, what the caller does with the answer included.

    Raises:
        NotAllowed: the host is not permitted; RedirectNotAllowed where that of a redirect is not.
        TimeoutError: out of time.
        httpx.InvalidURL, httpx.UnsupportedProtocol: it cannot be asked.
        httpx.HTTPError: no connection, or no sensible answer.
    """
    async with asyncio.timeout(within.total_seconds()) as limit:
        asked, sent = httpx.URL(url), dict(headers or {})
        addresses = await _permitted_addresses(asked, hosts, limit)
        for left in range(redirects, -1, -1):
            async with _send(method, asked, addresses, limit, sent, content) as response:
                if not (response.has_redirect_location and redirects and method in ("GET", "HEAD")):
                    yield response
                    return
                if not left:
                    words = f"redirected more than {redirects} times"
                    raise httpx.TooManyRedirects(words, request=response.request)
            try:
                following = asked.join(response.headers["Location"])
                addresses = await _permitted_addresses(following, hosts, limit)
            except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
                words = "redirected to what is no URL of http or https"
                raise httpx.RemoteProtocolError(words, request=response.request) from error
            except NotAllowed as error:
                words = f"answered {response.status_code} with a redirect that is not followed"
                raise RedirectNotAllowed(f"{words}: {error.reason}") from error
            if _origin(following) != _origin(asked):
                sent = {}
            asked = following


async def read_prefix(response: httpx.Response, most: int) -> bytes:
    """The first bytes of an answer's body, `most` at the most."""
    if "," in response.headers.get("Content-Encoding", ""):
        # Packed twice, a few bytes could fill our memory before they are counted.
        raise httpx.DecodingError("its body is packed more than once", request=response.request)
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) >= most:
            break
    return bytes(body[:most])


def why_failed(error: httpx.HTTPError) -> str:
    """What the system said, where that is what it goes back to; else what httpx says."""
    seen: list[BaseException] = [error]
    while (before := seen[-1].__cause__ or seen[-1].__context__) and before not in seen:
        seen.append(before)
    # That a connection is being made is no failure of it, though each attempt begins with that.
    failures = [each for each in seen if not isinstance(each, BlockingIOError)]
    systems = [reason_of(each) for each in failures if isinstance(each, OSError)]
    return systems[-1] if systems else quote(str(error) or type(error).__name__)


@cache
def trusted_certificates() -> ssl.SSLContext:
    """The certificates that the system trusts, read once: it takes a tenth of a second."""
    return ssl.create_default_context()


def _origin(url: httpx.URL) -> tuple[str, bytes, int | None]:
    return url.scheme, url.raw_host, url.port


async def _permitted_addresses(
    url: httpx.URL, hosts: Sequence[str], limit: asyncio.Timeout
) -> list[str]:
    """The permitted addresses of a URL's host."""
    if url.scheme not in ("http", "https") or not url.raw_host:
        raise httpx.UnsupportedProtocol("it is no URL of http or https with a host")
    if url.userinfo:
        host = quote(url.raw_host.decode("ascii"), _LONGEST_HOST)
        raise NotAllowed(f"the URL at {host} holds a user name or password")
    try:
        return await resolved(hosts, url.raw_host.decode("ascii"), url.port or 0, _left(limit))
    except TimeoutError:
        raise
    except OSError as error:
        raise httpx.ConnectError(reason_of(error)) from error


@asynccontextmanager
async def _send(
    method: str,
    url: httpx.URL,
    addresses: Sequence[str],
    limit: asyncio.Timeout,
    headers: Mapping[str, str],
    content: bytes | str | None,
) -> AsyncIterator[httpx.Response]:
    """One request, to the first of the addresses that accepts a connection."""
    name = url.raw_host.decode("ascii")
    extensions = {} if literal(name) else {"sni_hostname": name.removesuffix(".")}
    tried = addresses[:MOST_ADDRESSES]
    async with AsyncExitStack() as stack:
        for left in range(len(tried), 0, -1):
            # Connecting and the TLS handshake get their part each, so that they end by themselves:
            # cut off from outside they would leave a socket open.
            part = httpx.Timeout(None, connect=_left(limit).total_seconds() / 2 / left)
            client = await stack.enter_async_context(
                httpx.AsyncClient(trust_env=False, verify=trusted_certificates(), timeout=part)
            )
            built = client.build_request(
                method,
                url.copy_with(host=tried[-left]),
                headers=_headers(url, headers),
                content=content,
                extensions=extensions,
            )
            try:
                response = await client.send(built, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if left == 1:
                    raise
                continue
            stack.push_async_callback(response.aclose)
            response.request = httpx.Request(method, url)  # by the name, where it is looked at
            yield response
            return


def _headers(url: httpx.URL, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    ours = {"host": url.netloc, "user-agent": b"standfast", "accept-encoding": b"identity"}
    theirs = {name.lower(): value.encode() for name, value in headers.items()}
    named = {**ours, **theirs, "host": url.netloc}
    return [(name.encode("ascii"), value) for name, value in named.items()]


def _left(limit: asyncio.Timeout) -> timedelta:
    until = limit.when() or 0.0
    return timedelta(seconds=max(until - asyncio.get_running_loop().time(), 0.001))
