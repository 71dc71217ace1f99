"""The TLS probe against a server with certificates of every kind, made by openssl."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from standfast.incidents.observation import Observation
from standfast.incidents.resolution import Verdict
from standfast.outgoing.egress import trusted_certificates
from standfast.policy.system_tests import HttpTest, TlsTest
from standfast.probes import http, tls
from standfast.probes.context import ProbeContext
from tests.certificates import NAMES, Authority
from tests.probes.names import Names
from tests.probes.site import a_site

SOON = timedelta(seconds=5)
HOSTS = ("shop.example", "127.0.0.1")
WELL, NOT_WELL = Verdict.RESOLVED, Verdict.UNRESOLVED


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def trust(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This system trusts the authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    trusted_certificates.cache_clear()
    yield
    trusted_certificates.cache_clear()


@asynccontextmanager
async def a_server(certificate: Path) -> AsyncIterator[int]:
    """Answers any request over TLS, with this certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(1_000):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def look(port: int, host: str = "127.0.0.1", **test: Any) -> Observation:
    return await tls.probe(TlsTest(host=host, port=port, **test), ProbeContext(SOON, HOSTS))


DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.mark.usefixtures("trust")
async def test_a_good_certificate_is_well_by_name_and_by_address(
    authority: Authority, names: Names
) -> None:
    names.lead("shop.example", ["127.0.0.1"])
    certificate = authority.certify(-DAY, 20 * DAY + HOUR)
    until = f"{datetime.now(UTC) + 20 * DAY + HOUR:%Y-%m-%d}"
    async with a_server(certificate) as port:
        for host in ("127.0.0.1", "shop.example", "shop.example."):
            assert await look(port, host) == (
                WELL,
                f"{host} port {port}: its certificate is good for 20 days more, until {until}",
            )


@pytest.mark.usefixtures("trust")
async def test_one_that_ends_soon_is_not(authority: Authority) -> None:
    async with a_server(authority.certify(-DAY, 13 * DAY + HOUR)) as port:
        seen = await look(port)
        assert seen.says is NOT_WELL
        assert "is good for 13 days more, until " in seen.detail
        assert seen.detail.endswith("; expected are 14")
        assert (await look(port, days_left=13)).says is WELL


@pytest.mark.parametrize(
    ("starts", "ends", "certified", "words"),
    [
        (-2 * DAY, -DAY, NAMES, "its certificate has expired, or one that it rests on has"),
        (DAY, 30 * DAY, NAMES, "its certificate is not valid yet"),
        (-DAY, 20 * DAY, "DNS:erp.example", "its certificate is for another name: "),
        (-DAY, 20 * DAY, "IP:127.0.0.2", "its certificate is for another name: "),
    ],
)
@pytest.mark.usefixtures("trust")
async def test_what_is_wrong_with_one_is_said_in_words(
    authority: Authority,
    names: Names,
    starts: timedelta,
    ends: timedelta,
    certified: str,
    words: str,
) -> None:
    names.lead("shop.example", ["127.0.0.1"])
    async with a_server(authority.certify(starts, ends, certified)) as port:
        for host in ("127.0.0.1", "shop.example"):
            seen = await look(port, host)
            assert seen.says is NOT_WELL
            assert seen.detail.startswith(f"{host} port {port}: {words}")


async def test_one_that_nobody_here_trusts_is_not(authority: Authority) -> None:
    async with a_server(authority.certify(-DAY, 20 * DAY)) as port:
        seen = await look(port)
        assert seen.says is NOT_WELL
        assert f"127.0.0.1 port {port}: its certificate is not trusted: " in seen.detail
        # Nor does the HTTP probe talk to it.
        test = HttpTest(url=f"https://127.0.0.1:{port}/")
        seen = await http.probe(test, ProbeContext(SOON, HOSTS))
        assert seen.says is NOT_WELL
        assert "certificate verify failed" in seen.detail.lower()


@pytest.mark.usefixtures("trust")
async def test_the_http_probe_asks_for_the_certificate_of_the_name(
    authority: Authority, names: Names
) -> None:
    names.lead("shop.example", ["127.0.0.1"])
    names.lead("erp.example", ["127.0.0.1"])
    async with a_server(authority.certify(-DAY, 20 * DAY, "DNS:shop.example")) as port:
        for host, says in (("shop.example", WELL), ("erp.example", NOT_WELL)):
            test = HttpTest(url=f"https://{host}:{port}/")
            seen = await http.probe(test, ProbeContext(SOON, ("*.example", "127.0.0.1")))
            assert seen.says is says


async def test_a_server_that_speaks_something_else_is_not_well() -> None:
    async with a_site() as site:
        site.pages["x"] = ("200 OK", "", b"")
        seen = await tls.probe(
            TlsTest(host="127.0.0.1", port=site.port), ProbeContext(timedelta(seconds=1), HOSTS)
        )
    assert seen.says is NOT_WELL
    assert "shake hands" in seen.detail


async def test_one_that_greets_first_is_not_well_at_once() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.fernhill.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await look(port) == (
            NOT_WELL,
            f"127.0.0.1 port {port} does not shake hands: wrong version number",
        )


async def test_nobody_there_and_hosts_off_the_list() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        port = unheard.getsockname()[1]
        assert await look(port) == (NOT_WELL, f"127.0.0.1 port {port}: Connection refused")
    assert await look(443, "erp.example") == (
        None,
        "erp.example is not on the policy's list of hosts",
    )
