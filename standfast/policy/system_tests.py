"""System tests: how to see whether a service works.

Each kind is a model here and a field of `SystemTest`, and is run by the module of the field's name
in `standfast.probes`. docs/boxes.md says how to add one.
"""

import re
from abc import abstractmethod
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from standfast.messages.message import Duration, Line, Name, at_most, parse_duration
from standfast.policy.hosts import (
    HostName,
    ServerAddress,
    WebAddress,
    host_of,
    literal,
    plain_name,
)
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


class SystemTestKind(Section):
    """What one kind of system test needs to know."""

    @abstractmethod
    def connects_to(self) -> Mapping[str, str]:
        """The hosts that the test connects to, each under the key of the policy that names it.

        The policy is refused where one of them is not on its list of `hosts`.
        """

    def check_time_limit(self, within: timedelta) -> None:
        """Raise ValueError where the test cannot be done in the time that it has."""


class HttpTest(SystemTestKind):
    """A GET request that must be answered with `status`, any of several.

    contains, absent: texts that its body must, and must not, hold.
    faster_than: how soon the answer must begin; shorter than the test's `within`.
    """

    url: WebAddress
    status: Statuses = (200,)
    contains: str = ""
    absent: str = ""
    faster_than: Latency | None = None

    def connects_to(self) -> Mapping[str, str]:
        return {"url": host_of(self.url)}

    def check_time_limit(self, within: timedelta) -> None:
        if self.faster_than and self.faster_than >= within:
            raise ValueError("http.faster_than must be shorter than within")


class TcpTest(SystemTestKind):
    """A connection that must open."""

    host: HostName
    port: Port

    def connects_to(self) -> Mapping[str, str]:
        return {"host": self.host}


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


class DnsTest(SystemTestKind):
    """A name that must lead to exactly the addresses of `expect`; to any where none is given.

    The system's resolver is asked, as every program on the worker's machine does.

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

    def connects_to(self) -> Mapping[str, str]:
        return {}  # a name is only looked up, so it need not be on the list


class TlsTest(SystemTestKind):
    """A certificate that must be for `host`, trusted by the system, and good for `days_left`."""

    host: HostName
    port: Port = 443
    days_left: int = Field(default=14, ge=0, le=3650)

    def connects_to(self) -> Mapping[str, str]:
        return {"host": self.host}


class PromqlTest(SystemTestKind):
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

    def connects_to(self) -> Mapping[str, str]:
        return {"server": host_of(self.server)}


class CommandTest(SystemTestKind):
    """A program that must exit with 0."""

    run: Command

    def connects_to(self) -> Mapping[str, str]:
        return {}  # what a program connects to, the list does not hold


class SystemTest(Section):
    """One test of a service, of exactly one kind: of its fields of a `SystemTestKind`, one."""

    name: Name
    http: HttpTest | None = None
    tcp: TcpTest | None = None
    dns: DnsTest | None = None
    tls: TlsTest | None = None
    promql: PromqlTest | None = None
    command: CommandTest | None = None
    within: Duration = timedelta(seconds=10)

    @classmethod
    def kinds(cls) -> dict[str, type[SystemTestKind]]:
        """Every kind that there is, by its key in the policy."""
        return {
            key: model
            for key, field in cls.model_fields.items()
            for model in get_args(field.annotation)
            if isinstance(model, type) and issubclass(model, SystemTestKind)
        }

    @property
    def kind(self) -> str:
        """Its kind's key in the policy."""
        return next(key for key in self.kinds() if getattr(self, key) is not None)

    @property
    def details(self) -> SystemTestKind:
        """What its kind needs to know."""
        details: SystemTestKind = getattr(self, self.kind)
        return details

    @model_validator(mode="after")
    def _exactly_one_kind(self) -> "SystemTest":
        given = [key for key in self.kinds() if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of {', '.join(self.kinds())}")
        self.details.check_time_limit(self.within)
        return self
