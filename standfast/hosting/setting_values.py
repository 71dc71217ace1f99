"""What the values of settings may be: each function returns the value, or says what is wrong."""

import ipaddress
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from standfast.incidents.roles import Role

INCIDENT = "{incident}"
"""The placeholder for an incident's id in the setting `link`."""


def at_least_a_day(value: timedelta) -> timedelta:
    """What Temporal keeps workflows for. ValueError for less than a day."""
    if value < timedelta(days=1):
        raise ValueError("must be at least 1d: Temporal keeps no workflow for less")
    return value


def at_least_five_minutes(value: timedelta) -> timedelta:
    """What somebody needs to read a page. ValueError for less than five minutes."""
    if value < timedelta(minutes=5):
        raise ValueError("must be at least 5m: nobody could read a page to its end")
    return value


def names_the_incident(link: str) -> str:
    """A link with a place for the id of an incident. ValueError without."""
    if INCIDENT not in link:
        raise ValueError(f"must have {INCIDENT} where the id of the incident belongs")
    return link


def origin(url: str) -> str:
    """The scheme, host and port of an address, in small letters. ValueError where there is more."""
    parts = urlsplit(url)
    _ = parts.port  # ValueError for one that cannot be
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError("must be an address such as https://standfast.example")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must end after the host and port: the console has all of them to itself")
    return f"{parts.scheme}://{parts.netloc}".lower()


def origins(urls: str) -> str:
    """Several of those, separated by commas. ValueError where one is none."""
    return ",".join(origin(each.strip()) for each in urls.split(",") if each.strip())


def issuer(url: str) -> str:
    """The address of a provider. ValueError where others can change its answers on the way."""
    if not _cannot_be_read_on_the_way(url):
        raise ValueError("must be an https address: whoever can change its answers signs people in")
    return url


def api_address(url: str) -> str:
    """The address of an API. ValueError where others can read on the way."""
    address = origin(url)
    if not _cannot_be_read_on_the_way(address):
        raise ValueError("must be an https address: over http anybody on the way reads the token")
    return address


def _cannot_be_read_on_the_way(url: str) -> bool:
    parts = urlsplit(url)
    loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and loopback)
    )


def valid_token(given: SecretStr) -> SecretStr:
    """The token, if it can be one. ValueError where not."""
    if not re.fullmatch(r"[\x21-\x7e]{1,512}", given.get_secret_value()):
        raise ValueError("must be a token as `standfast token create` prints it")
    return given


def roles_of(pairs: str) -> dict[str, Role]:
    """The role that each value gives, of pairs such as `sre=operator`."""
    given = [pair.strip().rpartition("=") for pair in pairs.split(",") if pair.strip()]
    return {value.strip(): Role(role.strip()) for value, _, role in given}


def gives_roles(pairs: str) -> str:
    """Pairs that `roles_of` can read. ValueError for others."""
    try:
        known = roles_of(pairs)
    except ValueError as unknown:
        raise ValueError(f"{unknown}; the roles are {', '.join(Role)}") from None
    if "" in known:
        raise ValueError("must be pairs such as sre=operator, separated by commas")
    return pairs


def proxies(given: str) -> list[str]:
    """The addresses and networks of a setting; ValueError where one is neither."""
    named = [each.strip() for each in given.split(",") if each.strip()]
    for each in named:
        try:
            ipaddress.ip_network(each)
        except ValueError as wrong:
            raise ValueError(f"{wrong}; name addresses or networks, such as 10.0.0.0/24") from None
    return named


def are_proxies(given: str) -> str:
    """The same, tidied. ValueError where one is neither address nor network."""
    return ",".join(proxies(given))


def build_id(text: str) -> str:
    """The name of a build. ValueError for what Temporal does not take as one."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}", text):
        raise ValueError("must be letters, digits and . _ + - only, 100 at most, such as 2026.11.3")
    return text


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


Location = Annotated[Path, AfterValidator(_absolute)]
"""A path; `~` is the home directory, and a relative one starts where the command runs."""

Port = Annotated[int, Field(ge=0, le=65_535)]
"""A TCP port on 127.0.0.1; 0 means any free one."""
