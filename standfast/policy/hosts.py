"""Which hosts probes, log searches and runbooks may reach: the policy's list, and what it allows.

A list never grows by a name that is spelled oddly or that leads somewhere else: an address counts
by what it is, whatever name leads to it, and `127.1`, `0x7f000001` and `::1%lo` are no host at all.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from standfast.messages.message import Line, at_most

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_LONGEST_NAME = 253
_ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.ASCII)
"""Such as `127.1`, `2130706433` and `0x7f.1`: systems take it for an IPv4 address."""

_PRIVATE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""NAT64: the last four bytes are the IPv4 address that is reached."""

_TAKEN = tuple(
    map(
        ip_network,
        (
            *("192.0.0.0/24", "::/8", "2001::/23", "3fff::/20", "5f00::/16", "fec0::/10"),
            *("168.63.129.16/32", "fd00:ec2::254/128", "fd20:ce::254/128"),
        ),
    )
)
"""Special ones that not every Python knows, and where clouds hand out credentials."""


def _pattern(text: str) -> str:
    try:
        return str(_network(text.lower()))
    except ValueError as error:
        if "has host bits set" in str(error):
            raise ValueError("is no network: bits are set behind its prefix") from None
    plain = plain_name(text.removeprefix("*."))
    if plain is None:
        raise ValueError(
            "must be a host name, *.name, an IP address or a network like 10.0.0.0/8;"
            " a name beyond ASCII is written in its xn-- form"
        )
    return f"*.{plain}" if text.startswith("*.") else plain


HostPattern = Annotated[Line, at_most(255), AfterValidator(_pattern)]
"""An entry of the list: a name, `*.name` (all names below it), an address or a network.

An address becomes a network of one.
"""


def web_address(url: str) -> str:
    """The URL itself; ValueError where it is none that a `WebAddress` may be."""
    if not url.isascii():
        raise ValueError("must be ASCII: a host name in its xn-- form, the rest percent-encoded")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or " " in url or "\\" in url:
        raise ValueError("must be a URL like https://shop.example/health")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or password")
    host = parts.hostname or ""
    if "{" not in host and literal(host) is None and plain_name(host) is None:
        raise ValueError(f"{host!r} can be no host's name or address")
    if not (parts.port is None or parts.port):
        raise ValueError("must not name port 0")
    return url


WebAddress = Annotated[Line, at_most(2_000), AfterValidator(web_address)]
"""The URL of something that can be asked: http or https, a host, nobody's password.

A host with a placeholder in braces is judged once it is filled in.
"""


def _server_address(url: str) -> str:
    if "?" in url or "#" in url:
        raise ValueError("must be a server's URL like http://prometheus.example:9090")
    return url.rstrip("/")


ServerAddress = Annotated[WebAddress, AfterValidator(_server_address)]
"""A `WebAddress` to which a path can be added."""


def _host_name(name: str) -> str:
    if literal(name) is None and plain_name(name) is None:
        raise ValueError(
            "must be a host name or an IP address; a name beyond ASCII is written in its xn-- form"
        )
    return name


HostName = Annotated[Line, at_most(255), AfterValidator(_host_name)]
"""A host that can be connected to: a name or an address."""


def host_of(url: str) -> str:
    """The host of a `WebAddress`, without its port."""
    return urlsplit(url).hostname or ""


def knows(hosts: Sequence[str], name: str) -> bool:
    """Is this name, or this literal address, on the list?"""
    address = literal(name)
    if address is not None:
        return _listed(hosts, address)
    plain = plain_name(name)
    return plain is not None and any(
        plain.endswith(entry[1:]) if entry.startswith("*.") else plain == entry for entry in hosts
    )


def permits(hosts: Sequence[str], name: str, address: Address) -> bool:
    """May `address`, to which a name of the list led, be reached?

    Global and private ones may. All others (loopback, link-local, multicast, unspecified, …) only
    where an address or a network of the list holds them.
    """
    if not knows(hosts, name):
        return False
    return _listed(hosts, address) or not _special(address)


def literal(name: str) -> Address | None:
    """The address that `name` spells in the usual way, without a zone; IPv4 where it is mapped."""
    try:
        address = ip_address(name)
    except ValueError:
        return None
    return None if getattr(address, "scope_id", None) else unmapped(address)


def unmapped(address: Address) -> Address:
    """`::ffff:127.0.0.1` is 127.0.0.1."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def plain_name(name: str) -> str | None:
    """The name in lower case, without the root's dot; None where it can be no host's name."""
    plain = name.lower().removesuffix(".")
    fits = _NAME.fullmatch(plain) and len(plain) <= _LONGEST_NAME
    return plain if fits and not _ENDS_IN_NUMBER.fullmatch(plain) else None


@lru_cache(maxsize=1_000)
def _as_network(entry: str) -> Network | None:
    try:
        return _network(entry)
    except ValueError:
        return None


def _network(entry: str) -> Network:
    """An entry as a network; ValueError where it is a name."""
    network = ip_network(entry)
    if isinstance(network, IPv6Network):
        first = network.network_address
        if first.scope_id:
            raise ValueError("zones are not known here")
        if first.ipv4_mapped and network.prefixlen >= 96:
            return IPv4Network((first.ipv4_mapped, network.prefixlen - 96))
    return network


def _listed(hosts: Sequence[str], address: Address) -> bool:
    address = unmapped(address)
    return _is_in([network for entry in hosts if (network := _as_network(entry))], address)


def _special(address: Address) -> bool:
    address = unmapped(address)
    if isinstance(address, IPv6Address):
        if address in _TRANSLATED:
            return _special(IPv4Address(int(address) & 0xFFFFFFFF))
        if address.sixtofour is not None:
            return _special(address.sixtofour)
    if address.is_multicast or _is_in(_TAKEN, address):
        return True
    return not (_is_in(_PRIVATE, address) or address.is_global)


def _is_in(networks: Sequence[Network], address: Address) -> bool:
    return any(network.version == address.version and address in network for network in networks)
