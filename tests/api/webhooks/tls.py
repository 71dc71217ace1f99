"""The application on a loopback port with TLS: some clients send no other way."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastapi import FastAPI

from tests.patience import PATIENCE

_HERE = "127.0.0.1"


def certify(place: Path) -> Path:
    """A key and a certificate of its own for this machine, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _HERE)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(_HERE))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    file = place / "api.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


@asynccontextmanager
async def served(app: FastAPI, place: Path) -> AsyncIterator[tuple[str, ssl.SSLContext]]:
    """The URL of a running application, and what trusts it."""
    file = certify(place)
    config = uvicorn.Config(
        app,
        host=_HERE,
        port=0,
        ssl_certfile=file,
        ssl_keyfile=file,
        lifespan="off",
        log_config=None,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE):
        while not server.started:  # noqa: ASYNC110 - uvicorn says it in no other way
            await asyncio.sleep(0.01)
    [listener] = server.servers[0].sockets
    try:
        yield (
            f"https://{_HERE}:{listener.getsockname()[1]}",
            ssl.create_default_context(cafile=file),
        )
    finally:
        server.should_exit = True
        await serving
