"""Checks of what others on the network could read or send."""

import ipaddress
from urllib.parse import parse_qs, urlsplit

from standfast.hosting.doctor.check import Check, Installation
from standfast.hosting.settings import Settings, variable

_CHECKS_THE_CERTIFICATE = "verify-full"
_DECIDED = "disable"
"""Somebody has said that nobody else is on this network, such as that of a few containers."""

_ENCRYPTS = ("require", "verify-ca", _CHECKS_THE_CERTIFICATE)


async def api(installation: Installation) -> list[Check]:
    """Whether browsers reach the API by https."""
    settings = installation.settings
    if is_on_this_machine(settings.api_host):
        return []
    where = f"{variable('api_host')} is {settings.api_host}"
    if (settings.public_url or "").startswith("https:"):
        return [Check(name="network", ok=True, what=f"{where}, behind {settings.public_url}")]
    return [
        Check(
            name="network",
            ok=False,
            what=f"{where}: the API is open to the network, and tokens are read on the way",
            remedy="put a proxy with TLS in front of it, and set STANDFAST_PUBLIC_URL to its https "
            "address",
        )
    ]


async def database(installation: Installation) -> list[Check]:
    """Whether what goes to PostgreSQL is encrypted, and goes to nobody else."""
    remote = _remote_database(installation.settings)
    if remote is None:
        return []
    host, mode = remote
    if mode == _CHECKS_THE_CERTIFICATE:
        return [Check(name="network", ok=True, what=f"PostgreSQL on {host} by TLS")]
    if mode == _DECIDED:
        what = f"PostgreSQL on {host} in clear, as its sslmode={_DECIDED} says"
        return [Check(name="network", ok=True, what=what)]
    why = "does not check whose server it is" if mode in _ENCRYPTS else "may not be encrypted"
    return [
        Check(
            name="network",
            ok=False,
            what=f"the connection to PostgreSQL on {host} {why}",
            remedy=f"add ?sslmode={_CHECKS_THE_CERTIFICATE} to {variable('database_url')}, or "
            f"sslmode={_DECIDED} if nobody else is on this network",
        )
    ]


def _remote_database(settings: Settings) -> tuple[str, str] | None:
    """The host and `sslmode` of a database on another machine; None without one."""
    if not settings.records_elsewhere:
        return None
    parts = urlsplit(settings.records_url)
    options = parse_qs(parts.query)
    host = options.get("host", [parts.hostname or ""])[-1]
    if not host or host.startswith("/") or is_on_this_machine(host):
        return None
    return host, options.get("sslmode", [""])[-1]


def is_on_this_machine(host: str) -> bool:
    """Whether a name or an address is this machine's alone.

    >>> is_on_this_machine("localhost"), is_on_this_machine("0.0.0.0")
    (True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
