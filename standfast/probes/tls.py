"""TLS probe: a server's certificate must be its own, trusted, and good for some days more."""

import asyncio
import ssl
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from standfast.incidents.observation import Observation, failed, inconclusive, passed, quote
from standfast.messages.message import words_of
from standfast.outgoing.egress import NotAllowed, connect, trusted_certificates
from standfast.outgoing.os_errors import reason_of
from standfast.policy.hosts import literal
from standfast.policy.system_tests import TlsTest
from standfast.probes.context import ProbeContext

_NOT_YET_VALID, _EXPIRED, _OTHER_NAME, _OTHER_ADDRESS = 9, 10, 62, 64
"""OpenSSL's verification codes; of all others the certificate is not trusted."""


async def probe(test: TlsTest, context: ProbeContext) -> Observation:
    """Shake hands once, and close."""
    where, within = f"{test.host} port {test.port}", context.within
    until = time.monotonic() + within.total_seconds()
    try:
        writer = await connect(context.hosts, test.host, test.port, within)
    except NotAllowed as error:
        return inconclusive(error.reason)
    except TimeoutError:
        return failed(f"{where} did not accept within {words_of(within)}")
    except OSError as error:
        return failed(f"{where}: {reason_of(error)}")
    try:
        await writer.start_tls(
            trusted_certificates(),
            server_hostname=_as_certified(test.host),
            ssl_handshake_timeout=max(until - time.monotonic(), 0.1),
        )
        certificate = writer.get_extra_info("peercert") or {}
    except ssl.SSLCertVerificationError as error:
        return failed(f"{where}: its certificate {_what_is_wrong(error)}")
    except ssl.SSLError as error:
        return failed(f"{where} does not shake hands: {_plainly(error)}")
    except (TimeoutError, ConnectionAbortedError):
        return failed(f"{where} did not shake hands within {words_of(within)}")
    except OSError as error:
        return failed(f"{where} does not shake hands: {reason_of(error)}")
    finally:
        writer.close()
        # It does not matter how the other side takes the end, nor whether it answers it at all.
        with suppress(OSError):
            async with asyncio.timeout(1):
                await writer.wait_closed()
    return _judge(test, where, str(certificate["notAfter"]))


def _judge(test: TlsTest, where: str, not_after: str) -> Observation:
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(not_after), UTC)
    days = (ends - datetime.now(UTC)) // timedelta(days=1)
    what = f"{where}: its certificate is good for {days} days more, until {ends:%Y-%m-%d}"
    if days < test.days_left:
        return failed(f"{what}; expected are {test.days_left}")
    return passed(what)


def _as_certified(host: str) -> str:
    """The host as it stands in certificates: without the root's dot."""
    return host if literal(host) else host.removesuffix(".")


def _what_is_wrong(error: ssl.SSLCertVerificationError) -> str:
    said = quote(error.verify_message)
    if error.verify_code == _EXPIRED:
        return "has expired, or one that it rests on has"
    if error.verify_code == _NOT_YET_VALID:
        return "is not valid yet"
    if error.verify_code in (_OTHER_NAME, _OTHER_ADDRESS):
        return f"is for another name: {said}"
    return f"is not trusted: {said}"


def _plainly(error: ssl.SSLError) -> str:
    """OpenSSL's words: `wrong version number` where the other side speaks no TLS."""
    return quote((error.reason or str(error)).replace("_", " ").lower())
