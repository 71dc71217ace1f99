"""System tests: how to see whether a service works, a model for each kind of them."""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from standfast.messages.message import Duration, Line, Name, at_most, parse_duration
from standfast.policy.hosts import HostName, ServerAddress, WebAddress, literal, plain_name
from standfast.policy.section import Command, Section

_MILLISECONDS = re.compile(r"([0-9]{1,9})ms")


def _latency(value: object) -> object:
    match = _MILLISECONDS.fullmatch(value.strip()) if isinstance(value, str) else None
    return timedelta(milliseconds=int(match[1])) if match else parse_duration(value)


def _within_reason(value: timedelta) -> timedelta:
    if not timedelta() < value <= timedelta(hours=1):
        raise ValueError("must be longer than zero and at most 1h")
    return value


Latency = Annotated[timedelta, BeforeValidator(_latency), AfterValidator(_within_reason)]
"""A duration, or milliseconds: `300ms`."""


def _one_or_many(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


Status = Annotated[int, Field(ge=100, le=599)]
Statuses = Annotated[
    tuple[Status, ...], BeforeValidator(_one_or_many), Field(min_length=1, max_length=100)
]
"""One status or a list of them."""

Port = Annotated[int, Field(ge=1, le=65535)]


class HttpTest(Section):
    """A GET request that must be answered with `status`, any of several.

    contains, absent: texts that its body must, and must not, hold.
    faster_than: how soon the answer must begin; shorter than the test's `within`.
    """

    url: WebAddress
    status: Statuses = (200,)
    contains: str = ""
    absent: str = ""
    faster_than: Latency | None = None


class TcpTest(Section):
    """A connection that must open."""

    host: HostName
    port: Port


def _can_be_looked_up(name: str) -> str:
    plain = plain_name(name)
    if plain is None:
        raise ValueError("must be a host name; beyond ASCII it is written in its xn-- form")
    return plain


def _as_the_resolver_writes_it(text: str) -> str:
    address = literal(text)
    if address is None:
        raise ValueError("must be an IP address")
    return str(address)


class DnsTest(Section):
    """A name that must lead to exactly the addresses of `expect`; to any where none is given.

    The system's resolver is asked, as every program on the worker's machine does. Nothing is
    connected to, so the name need not be on the list of hosts.

    type: only IPv4 (A) or only IPv6 (AAAA) addresses; both kinds where it is not given.
    """

    name: Annotated[Line, at_most(255), AfterValidator(_can_be_looked_up)]
    type: Literal["A", "AAAA"] | None = None
    expect: tuple[Annotated[Line, AfterValidator(_as_the_resolver_writes_it)], ...] = ()

    @model_validator(mode="after")
    def _of_its_type(self) -> "DnsTest":
        for address in self.expect:
            if self.type and (":" in address) != (self.type == "AAAA"):
                raise ValueError(f"expect: {address} is in no {self.type} record")
        return self


class TlsTest(Section):
    """A certificate that must be for `host`, trusted by the system, and good for `days_left`."""

    host: HostName
    port: Port = 443
    days_left: int = Field(default=14, ge=0, le=3650)


class PromqlTest(Section):
    """A query to a Prometheus server, of which every series must be in bounds at this moment."""

    server: ServerAddress
    query: Annotated[Line, at_most(4_000)]
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None

    @model_validator(mode="after")
    def _has_a_bound(self) -> "PromqlTest":
        if not self.bounds:
            raise ValueError("needs at least one of at_least, at_most, above, below")
        return self

    @property
    def bounds(self) -> dict[str, float]:
        """Its bounds, each by the words for it."""
        given = {
            "at least": self.at_least,
            "at most": self.at_most,
            "above": self.above,
            "below": self.below,
        }
        return {words: bound for words, bound in given.items() if bound is not None}


class CommandTest(Section):
    """A program that must exit with 0."""

    run: Command


KINDS = ("http", "tcp", "dns", "tls", "promql", "command")


class SystemTest(Section):
    """One test of a service, of exactly one kind."""

    name: Name
    http: HttpTest | None = None
    tcp: TcpTest | None = None
    dns: DnsTest | None = None
    tls: TlsTest | None = None
    promql: PromqlTest | None = None
    command: CommandTest | None = None
    within: Duration = timedelta(seconds=10)

    @model_validator(mode="after")
    def _exactly_one_kind(self) -> "SystemTest":
        if sum(getattr(self, kind) is not None for kind in KINDS) != 1:
            raise ValueError(f"needs exactly one of {', '.join(KINDS)}")
        if self.http and self.http.faster_than and self.http.faster_than >= self.within:
            raise ValueError("http.faster_than must be shorter than within")
        return self
