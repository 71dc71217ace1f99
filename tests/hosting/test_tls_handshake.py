"""What a person reads who connects to Temporal by TLS, and something about it is not right."""

import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from temporalio.envconfig import ClientConnectConfig
from temporalio.service import TLSConfig

from standfast.hosting.tls_handshake import trouble_with
from tests.certificates import DAY, Authority
from tests.patience import PATIENCE

HOUR = timedelta(hours=1)
LOOPBACK = "IP:127.0.0.1"


class Papers(NamedTuple):
    """Who certifies here and elsewhere."""

    ours: Authority
    others: Authority

    def tls(self, by: Authority | None, *, ends: timedelta = DAY, name: str = "") -> TLSConfig:
        """Options that trust our authority, with a client certificate of `by` if of anybody."""
        mine = by.certify(-2 * DAY, ends, whose="worker").read_bytes() if by else None
        root = self.ours.certificate.read_bytes()
        return TLSConfig(
            server_root_ca_cert=root, domain=name or None, client_cert=mine, client_private_key=mine
        )


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    (tmp_path / "ours").mkdir()
    (tmp_path / "others").mkdir()
    return Papers(Authority(tmp_path / "ours"), Authority(tmp_path / "others"))


@contextmanager
def serving(greet: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that greets whoever connects, one after the other; its address."""

    class Greeter(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(PATIENCE)
            with contextlib.suppress(OSError):
                greet(self.request)

    with socketserver.TCPServer(("127.0.0.1", 0), Greeter) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def a_server(certificate: Path, trusts: Authority | None = None, alpn: str = "h2") -> Iterator[str]:
    """A server that demands a client certificate where it trusts somebody; its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols([alpn])
    if trusts:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(trusts.certificate)

    def greet(plain: socket.socket) -> None:
        # asyncio's TLS would end the connection without the alert that a server sends.
        with context.wrap_socket(plain, server_side=True) as connection:
            connection.sendall(b"hello")

    with serving(greet) as address:
        yield address


async def told(address: str, tls: TLSConfig | bool) -> str:
    """What is wrong; empty where nothing is."""
    options = ClientConnectConfig(target_host=address, tls=tls)
    trouble = await trouble_with(options, within=30)
    return f"{trouble.what}: {trouble.todo}" if trouble else ""


@pytest.mark.parametrize(
    ("tls", "complaint"),
    [
        (lambda papers: papers.tls(papers.ours), ""),
        (lambda papers: False, "the server speaks TLS, and we do not: set TEMPORAL_TLS=true"),
        (lambda papers: papers.tls(None), "the server demands a client certificate: set TEMPORAL"),
        (
            lambda papers: papers.tls(papers.ours, ends=-HOUR),
            "our client certificate has expired, says the server: get a new one",
        ),
        (
            lambda papers: papers.tls(papers.others),
            "the server does not trust who issued our client certificate: set TEMPORAL_TLS_CLIENT",
        ),
        (
            lambda papers: papers.tls(papers.ours, name="other.example"),
            "the server's certificate is not for other.example: name the host",
        ),
        (lambda papers: True, "the server's certificate is not trusted here, "),
        (
            lambda papers: TLSConfig(server_root_ca_cert=b"words"),
            "there is no certificate in the file of the server's authority: check TEMPORAL_TLS_S",
        ),
        (
            lambda papers: TLSConfig(client_cert=b"words", client_private_key=b"words"),
            "our client certificate and its key cannot be read, or do not belong together: check",
        ),
        (
            lambda papers: TLSConfig(client_cert=b"words"),
            "our client certificate is set without its key, or the key without it: set both",
        ),
    ],
)
async def test_what_is_wrong_is_told_with_what_to_do(
    papers: Papers, tls: Callable[[Papers], TLSConfig | bool], complaint: str
) -> None:
    certificate = papers.ours.certify(-DAY, DAY, LOOPBACK)
    with a_server(certificate, trusts=papers.ours) as address:
        words = await told(address, tls(papers))
    assert words.startswith(complaint)
    assert bool(words) is bool(complaint)
    assert words.count(": ") <= 1  # whoever shows it parts the two at the colon


async def test_an_expired_server_is_told(papers: Papers) -> None:
    with a_server(papers.ours.certify(-2 * DAY, -HOUR, LOOPBACK)) as address:
        words = await told(address, papers.tls(None))
    assert words.startswith("the server's certificate has expired: ")


async def test_one_whose_time_has_not_come_points_to_the_clock(papers: Papers) -> None:
    with a_server(papers.ours.certify(HOUR, DAY, LOOPBACK)) as address:
        words = await told(address, papers.tls(None))
    assert words == "the server's certificate is not valid yet: check the clock of this machine"


async def test_a_proxy_without_http_2_is_told(papers: Papers) -> None:
    certificate = papers.ours.certify(-DAY, DAY, LOOPBACK)
    with a_server(certificate, alpn="http/1.1") as address:
        words = await told(address, papers.tls(None))
    assert words.startswith("the server offers no HTTP/2: let the proxy")


async def test_a_server_without_tls_is_told(papers: Papers) -> None:
    with serving(lambda plain: plain.sendall(b"hello, hello, hello")) as address:
        assert (await told(address, papers.tls(None))).startswith("the server does not speak TLS: ")
        assert await told(address, tls=False) == ""


async def test_where_nobody_listens_there_is_nothing_to_tell(papers: Papers) -> None:
    assert await told("127.0.0.1:1", papers.tls(None)) == ""


@pytest.mark.parametrize(
    "address",
    [
        *("localhost", "localhost:", ":7233", "localhost:port", "localhost:99999"),
        *("http://localhost:7233", "http://localhost:7233/"),
    ],
)
@pytest.mark.parametrize("tls", [False, True])
async def test_an_address_that_is_none_is_told_before_anybody_is_asked(
    address: str, tls: bool
) -> None:
    words = await told(address, tls=tls)
    assert words.startswith("the address is not a host and a port: set TEMPORAL_ADDRESS")
    assert words.count(": ") == 1


async def test_a_host_that_no_name_server_can_be_asked_for_is_left_to_the_client() -> None:
    assert await told(f"{'a' * 64}.example:7233", tls=True) == ""
