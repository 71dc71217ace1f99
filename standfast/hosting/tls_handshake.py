"""Says why a connection to Temporal does not come about, where its client has no words for it.

Either the address is none, or it is TLS. There the client often sees no more than a connection that
ends: with TLS 1.3 a server refuses a certificate after the handshake. So the handshake is made once
more, by itself, and its alert read.
"""

import asyncio
import contextlib
import socket
import ssl
import tempfile
from pathlib import Path
from typing import NamedTuple

from temporalio.envconfig import ClientConnectConfig
from temporalio.service import TLSConfig

_OWN_CERTIFICATE = "TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH"
_HTTP_2 = "h2"
"""What gRPC is spoken over, by its name in ALPN."""

_PORTS = range(1, 65536)


class Trouble(NamedTuple):
    """What is wrong, without a colon, and what to do about it."""

    what: str
    todo: str


_NO_CERTIFICATE = Trouble(
    "the server demands a client certificate", f"set {_OWN_CERTIFICATE} to one that it trusts"
)
_NO_ADDRESS = Trouble(
    "the address is not a host and a port",
    "set TEMPORAL_ADDRESS to both and no more, such as temporal.example:7233",
)
_WITHOUT_TLS = Trouble(
    "the server does not speak TLS", "unset TEMPORAL_TLS and TEMPORAL_API_KEY, or name another port"
)
_NO_HTTP_2 = Trouble(
    "the server offers no HTTP/2",
    "let the proxy before Temporal offer `h2` by ALPN, which gRPC needs",
)

_BY_REASON = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": _NO_CERTIFICATE,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": _NO_CERTIFICATE,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": Trouble(
        "our client certificate has expired, says the server",
        f"get a new one, and name it in {_OWN_CERTIFICATE}",
    ),
    "SSLV3_ALERT_CERTIFICATE_REVOKED": Trouble(
        "our client certificate was revoked, says the server",
        f"get a new one, and name it in {_OWN_CERTIFICATE}",
    ),
    "TLSV1_ALERT_UNKNOWN_CA": Trouble(
        "the server does not trust who issued our client certificate",
        f"set {_OWN_CERTIFICATE} to one of an authority that it trusts",
    ),
    "SSLV3_ALERT_BAD_CERTIFICATE": Trouble(
        "the server refuses our client certificate",
        f"set {_OWN_CERTIFICATE} to one that it trusts",
    ),
    "TLSV1_ALERT_NO_APPLICATION_PROTOCOL": _NO_HTTP_2,
    "WRONG_VERSION_NUMBER": _WITHOUT_TLS,
    "RECORD_LAYER_FAILURE": _WITHOUT_TLS,
}
"""By OpenSSL's names: the alerts of a server, and what is no TLS at all."""


async def trouble_with(options: ClientConnectConfig, within: float) -> Trouble | None:
    """What is wrong with that address, or with TLS between us and the server there.

    None when nothing is, or none can tell.

    Asks the server at most twice, for `within` seconds altogether.
    """
    if not (place := _host_and_port(options["target_host"])):
        return _NO_ADDRESS
    # ValueError: a name that Python cannot look up, such as one with too long a part.
    with contextlib.suppress(TimeoutError, ValueError):
        async with asyncio.timeout(within):
            return await asyncio.to_thread(_trouble, options, *place, within)
    return None


def _trouble(options: ClientConnectConfig, host: str, port: int, within: float) -> Trouble | None:
    tls = options.get("tls")
    if not tls:
        return _trouble_without_tls(host, port, within)
    config = tls if isinstance(tls, TLSConfig) else TLSConfig()
    context = _trusting(config)
    if isinstance(context, Trouble):
        return context
    if bool(config.client_cert) != bool(config.client_private_key):
        return Trouble(
            "our client certificate is set without its key, or the key without it",
            f"set both {_OWN_CERTIFICATE}",
        )
    if config.client_cert and config.client_private_key:
        try:
            _show(context, config.client_cert, config.client_private_key)
        except ssl.SSLError:
            return Trouble(
                "our client certificate and its key cannot be read, or do not belong together",
                f"check {_OWN_CERTIFICATE}, both are PEM files",
            )
        except OSError:
            return None  # nowhere to write them to
    try:
        with _connected(context, host, port, config.domain or host, within) as connection:
            if connection.selected_alpn_protocol() != _HTTP_2:
                return _NO_HTTP_2
            connection.recv(1)  # its greeting, or the alert by which it refuses our certificate
    except ssl.SSLCertVerificationError as refused:
        return _not_trusted(refused, config.domain or host)
    except ssl.SSLError as failed:
        return _BY_REASON.get(failed.reason or "")
    except OSError:
        return None
    return None


def _trouble_without_tls(host: str, port: int, within: float) -> Trouble | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is sent: it is only asked whether it speaks TLS
    speaks = Trouble(
        "the server speaks TLS, and we do not",
        "set TEMPORAL_TLS=true, and TEMPORAL_TLS_SERVER_CA_CERT_PATH where its authority is your "
        "own",
    )
    try:
        with _connected(context, host, port, host, within):
            return speaks
    except ssl.SSLError as failed:
        # An alert is TLS too.
        return speaks if "ALERT" in (failed.reason or "") else None
    except OSError:
        return None


def _trusting(config: TLSConfig) -> ssl.SSLContext | Trouble:
    if not config.server_root_ca_cert:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=config.server_root_ca_cert.decode())
    except (ssl.SSLError, ValueError):
        return Trouble(
            "there is no certificate in the file of the server's authority",
            "check TEMPORAL_TLS_SERVER_CA_CERT_PATH, it is a PEM file",
        )
    return context


def _show(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """Have `context` show a certificate; Python reads both only from files.

    Raises:
        ssl.SSLError: they cannot be used.
        OSError: nor can files be written.
    """
    with tempfile.TemporaryDirectory() as place:  # readable for its owner alone
        both = Path(place) / "both.pem"
        both.write_bytes(key.rstrip() + b"\n" + certificate)
        # Without a password it would be asked for on the terminal.
        context.load_cert_chain(both, password="")


def _connected(
    context: ssl.SSLContext, host: str, port: int, name: str, within: float
) -> ssl.SSLSocket:
    context.set_alpn_protocols([_HTTP_2])
    plain = socket.create_connection((host, port), timeout=within / 2)
    try:
        return context.wrap_socket(plain, server_hostname=name)
    except BaseException:
        plain.close()
        raise


def _not_trusted(refused: ssl.SSLCertVerificationError, name: str) -> Trouble:
    words = refused.verify_message.rstrip(".")
    if "expired" in words:
        return Trouble("the server's certificate has expired", "have its operator renew it")
    if "not yet valid" in words:
        return Trouble(
            "the server's certificate is not valid yet", "check the clock of this machine"
        )
    if "mismatch" in words:
        return Trouble(
            f"the server's certificate is not for {name}",
            "name the host of the certificate in TEMPORAL_ADDRESS, or set TEMPORAL_TLS_SERVER_NAME "
            "to it",
        )
    return Trouble(
        f"the server's certificate is not trusted here, {words}",
        "set TEMPORAL_TLS_SERVER_CA_CERT_PATH to the certificate of its authority",
    )


def _host_and_port(address: str) -> tuple[str, int] | None:
    """None for what is no such thing, such as a URL."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    if not host or "/" in host or not port.isdecimal() or int(port) not in _PORTS:
        return None
    return host, int(port)
