"""A TLS proxy before a Temporal server: what a cluster asks of its clients, asked by haproxy."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.certificates import DAY, Authority
from tests.hosting.processes import eventually
from tests.patience import PATIENCE
from tests.ports import free_ports
from tests.programs_needed import needs_program

API_KEY = "sesame"

_CONFIGURATION = """
global
  maxconn 1000
defaults
  timeout connect 5s
  timeout client 1h
  timeout server 1h

frontend by_certificate
  mode tcp
  bind 127.0.0.1:{by_certificate} ssl crt {certificate} ca-file {authority} verify required alpn h2
  default_backend as_it_comes
backend as_it_comes
  mode tcp
  server temporal {temporal}

frontend by_key
  mode http
  bind 127.0.0.1:{by_key} ssl crt {certificate} alpn h2
  http-request return status 200 content-type application/grpc hdr grpc-status 7 hdr grpc-message \
"Request unauthorized." unless {{ req.hdr(authorization) -m str "Bearer {key}" }}
  default_backend as_http_2
backend as_http_2
  mode http
  server temporal {temporal} proto h2
"""


class TlsProxy(NamedTuple):
    """Two doors to one server, by their addresses, and who certified both sides."""

    by_certificate: str
    by_key: str
    authority: Authority

    def with_certificate(self, ends_in: int = 1) -> dict[str, str]:
        """Temporal's variables for a client with a certificate, which ends in so many days."""
        mine = self.authority.certify(-2 * DAY, ends_in * DAY, whose=f"client-{ends_in}")
        return {
            **self.without_certificate(),
            "TEMPORAL_TLS_CLIENT_CERT_PATH": str(mine),
            "TEMPORAL_TLS_CLIENT_KEY_PATH": str(mine),
        }

    def without_certificate(self) -> dict[str, str]:
        """Those of a client that has none, at the same door."""
        return {
            "TEMPORAL_ADDRESS": self.by_certificate,
            "TEMPORAL_TLS": "true",
            "TEMPORAL_TLS_SERVER_CA_CERT_PATH": str(self.authority.certificate),
        }

    def with_key(self, key: str = API_KEY) -> dict[str, str]:
        """Those of a client that shows an API key."""
        return {
            "TEMPORAL_ADDRESS": self.by_key,
            "TEMPORAL_API_KEY": key,
            "TEMPORAL_TLS_SERVER_CA_CERT_PATH": str(self.authority.certificate),
        }


@contextmanager
def tls_proxy(place: Path, temporal: str) -> Iterator[TlsProxy]:
    """The proxy before the server at the address `temporal`, as long as the block lasts."""
    program = needs_program("haproxy")
    place.mkdir()
    authority = Authority(place)
    certificate = authority.certify(-DAY, DAY, "IP:127.0.0.1")
    first = free_ports(2)
    ports = (first, first + 1)
    (place / "haproxy.cfg").write_text(
        _CONFIGURATION.format(
            by_certificate=ports[0],
            by_key=ports[1],
            certificate=certificate,
            authority=authority.certificate,
            temporal=temporal,
            key=API_KEY,
        )
    )
    with (place / "haproxy.log").open("wb") as log:
        process = subprocess.Popen([program, "-db", "-f", place / "haproxy.cfg"], stderr=log)

    def listens() -> bool:
        assert process.poll() is None, (place / "haproxy.log").read_text()
        with socket.socket() as knocking:
            return knocking.connect_ex(("127.0.0.1", ports[1])) == 0

    try:
        eventually(listens, "haproxy listens")
        by_certificate, by_key = (f"127.0.0.1:{port}" for port in ports)
        yield TlsProxy(by_certificate, by_key, authority)
    finally:
        process.terminate()
        process.wait(PATIENCE)
