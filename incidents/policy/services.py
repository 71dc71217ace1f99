"""The service catalogue: what can break, how much it matters, how to see whether it works."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, model_validator

from incidents.assessment import Level
from incidents.message import Duration, Line, Name, at_most
from incidents.policy.section import Command, Key, Section
from incidents.resolution import EvidenceKind


class HttpTest(Section):
    """A GET request that must answer with `status`, containing `contains`."""

    url: Annotated[Line, at_most(2_000)]
    status: int = Field(default=200, ge=100, le=599)
    contains: str = ""


class TcpTest(Section):
    """A connection that must open."""

    host: Name
    port: int = Field(ge=1, le=65535)


class CommandTest(Section):
    """A program that must exit with 0."""

    run: Command


class SystemTest(Section):
    """One test of a service: exactly one of `http`, `tcp`, `command`."""

    name: Name
    http: HttpTest | None = None
    tcp: TcpTest | None = None
    command: CommandTest | None = None
    within: Duration = timedelta(seconds=10)

    @model_validator(mode="after")
    def _exactly_one_kind(self) -> "SystemTest":
        if sum(kind is not None for kind in (self.http, self.tcp, self.command)) != 1:
            raise ValueError("needs exactly one of http, tcp, command")
        return self


class Service(Section):
    """One service of the catalogue.

    `logs` are file paths, `*` allowed. `verify` lists the evidence that its incidents need.
    `team` overrides the category's team.
    """

    title: Name
    users: int = Field(default=0, ge=0)
    business_critical: bool = False
    essential: bool = False
    core_infrastructure: bool = False
    holds_critical_data: bool = False
    impact: Level | None = None
    urgency: Level | None = None
    category: Key | None = None
    team: Key | None = None
    verify: tuple[EvidenceKind, ...] | None = None
    tests: tuple[SystemTest, ...] = ()
    logs: tuple[str, ...] = ()
    watch: bool = False
