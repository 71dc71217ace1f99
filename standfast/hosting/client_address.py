"""Who sent a request, as far as its address tells."""

import ipaddress

from starlette.requests import HTTPConnection


def client_of(request: HTTPConnection) -> str:
    """The client that sent a request."""
    return client_key(request.client.host if request.client else "")


def client_key(host: str) -> str:
    """The client at an address: the address, or for IPv6 (many to a client) its network."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False))
