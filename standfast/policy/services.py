"""The service catalogue: each service with its importance, tests and logs."""

from pydantic import Field

from standfast.incidents.assessment import Level
from standfast.incidents.resolution import EvidenceKind
from standfast.messages.message import Name
from standfast.policy.log_sources import LogSource
from standfast.policy.section import Key, Section
from standfast.policy.system_tests import SystemTest


class Service(Section):
    """One service of the catalogue.

    `logs` are file patterns, or mappings. `verify` lists the evidence that its incidents need.
    `team` overrides the category's team. confidential: so are all its incidents.
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
    logs: tuple[LogSource, ...] = ()
    watch: bool = False
    confidential: bool = False
