"""The whole policy, its sections checked against each other."""

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, model_validator

from incidents.assessment import Priority
from incidents.clocks import Clocks, TimeCounted
from incidents.message import Duration, Name
from incidents.policy.channels import Channels
from incidents.policy.guards import Guards
from incidents.policy.hosts import HostPattern, knows
from incidents.policy.paging import INCIDENT_MANAGER, TARGETS, VENDOR, Ladders, OutageRules
from incidents.policy.placeholders import wrong_in
from incidents.policy.quiet import QuietRules
from incidents.policy.reached import reached
from incidents.policy.rules import (
    Category,
    Classification,
    CriticalRules,
    HighImpactRules,
    TriageRules,
)
from incidents.policy.runbooks import Runbook
from incidents.policy.section import Key, Section
from incidents.policy.services import Service
from incidents.policy.storm import StormRules
from incidents.policy.teams import Person, Team
from incidents.resolution import EvidenceKind, Verdict

OTHER = "other"
"""The category of what no rule recognises."""


class ClockSettings(Clocks):
    """One priority's clocks, as the policy gives them."""

    model_config = Section.model_config


class VerificationRules(Section):
    """What evidence incidents need, and what a reporter's silence means.

    silence_needs: `green_probes` asks all tests and logs of the service again before silence means
        anything; `nothing` takes it for what it means.
    """

    needs: tuple[EvidenceKind, ...] = (EvidenceKind.USER_CONFIRMATION,)
    confirm_within: Duration = timedelta(days=5)
    remind_every: Duration = timedelta(days=1)
    silence_means: Verdict = Verdict.RESOLVED
    silence_needs: Literal["green_probes", "nothing"] = "green_probes"


class WatchRules(Section):
    """The watch window after a resolution: `first_check`, then each gap `growth` times longer."""

    watch_for: Duration
    first_check: Duration
    growth: float = Field(default=2, ge=1, le=10)


class FollowUpRules(Section):
    """What is watched. A partial resolution always is; a full one by priority, or by service."""

    window: WatchRules
    priorities: tuple[Priority, ...] = ()
    workarounds: bool = True


class ReporterNotification(Section):
    """Where reporters hear from us; `{reporter}` in a URL is their address, percent-encoded."""

    channels: Channels = Field(default_factory=dict)


class Policy(Section):
    """Everything that process owners decide. Read from YAML by `incidents.policy.loading`."""

    organisation: Name
    service_desk: Key
    triage: TriageRules
    classification: Classification = Classification()
    categories: Annotated[dict[Key, Category], Field(min_length=1)]
    services: dict[Key, Service] = Field(default_factory=dict)
    hosts: tuple[HostPattern, ...] = ()
    high_impact: HighImpactRules = HighImpactRules()
    critical: CriticalRules = CriticalRules()
    people: Annotated[dict[Key, Person], Field(min_length=1)]
    teams: Annotated[dict[Key, Team], Field(min_length=1)]
    clocks: dict[Priority, ClockSettings]
    paging: Ladders = Field(default_factory=dict)
    incident_manager: Key | None = None
    after_outage: OutageRules = OutageRules()
    quiet: QuietRules = QuietRules()
    verification: VerificationRules = VerificationRules()
    follow_up: FollowUpRules
    reporters: ReporterNotification = ReporterNotification()
    storm: StormRules = StormRules()
    runbooks: dict[Key, Runbook] = Field(default_factory=dict)
    guards: Guards = Guards()

    _version: str = PrivateAttr(default="unversioned")

    @property
    def version(self) -> str:
        """Names the exact text this policy was read from; recorded with every decision."""
        return self._version

    def versioned(self, version: str) -> "Policy":
        """The same policy, under that version."""
        policy = self.model_copy()
        policy._version = version
        return policy

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> "Policy":
        broken = [*self._broken_references(), *self._out_of_reach()]
        if broken:
            raise ValueError("\n".join(f"{where}: {what}" for where, what in broken))
        return self

    def _broken_references(self) -> Iterator[tuple[str, str]]:
        """Every reference to a thing the policy lacks, as (dotted place, what is wrong)."""
        yield from self._missing("service_desk", "team", [self.service_desk], self.teams)
        if OTHER not in self.categories:
            yield "categories", f"needs a category {OTHER!r} for what no rule recognises"
        for priority in Priority:
            if priority not in self.clocks:
                yield "clocks", f"no clocks for {priority}"
        for key, category in self.categories.items():
            yield from self._missing(f"categories.{key}.team", "team", [category.team], self.teams)
            for index, rule in enumerate(category.rules):
                place = f"categories.{key}.rules.{index}.services"
                yield from self._missing(place, "service", rule.services, self.services)
        for key, service in self.services.items():
            place = f"services.{key}"
            if service.team:
                yield from self._missing(f"{place}.team", "team", [service.team], self.teams)
            if service.category:
                categories = self.categories
                yield from self._missing(
                    f"{place}.category", "category", [service.category], categories
                )
        for key, team in self.teams.items():
            for index, tier in enumerate(team.tiers):
                for place, people in tier.named():
                    where = f"teams.{key}.tiers.{index}.{place}"
                    yield from self._missing(where, "person", people, self.people)
        yield from self._broken_ladders()
        if "security_categories" in self.critical.model_fields_set:
            named = self.critical.security_categories
            place = "critical.security_categories"
            yield from self._missing(place, "category", named, self.categories)
        for place, signs in (
            ("triage.impact", self.triage.impact),
            ("triage.urgency", self.triage.urgency),
            ("high_impact.signs", self.high_impact.signs),
            ("critical.security", self.critical.security),
            ("critical.data_integrity", self.critical.data_integrity),
        ):
            for index, sign in enumerate(signs):
                services = f"{place}.{index}.services"
                yield from self._missing(services, "service", sign.services, self.services)
        yield from self._broken_runbooks()

    def _broken_ladders(self) -> Iterator[tuple[str, str]]:
        if self.incident_manager:
            named = [self.incident_manager]
            yield from self._missing("incident_manager", "team", named, self.teams)
        for person in self.people:
            if person in TARGETS:
                yield f"people.{person}", f"{person!r} means something else in a ladder's `page`"
        ladders = {f"paging.{priority}": steps for priority, steps in self.paging.items()}
        for key, team in self.teams.items():
            for priority, steps in team.paging.items():
                place = f"teams.{key}.paging.{priority}"
                ladders[place] = steps
                named = [target for step in steps for target in step.page]
                if VENDOR in named and VENDOR not in [tier.name for tier in team.tiers]:
                    yield place, f"pages the vendor, and no tier of {key} is named {VENDOR!r}"
            for priority, clocks in self.clocks.items():
                if clocks.counts is TimeCounted.WORKING_HOURS and team.working_hours is None:
                    place = f"clocks.{priority}.counts"
                    yield place, f"team {key!r} has no `working_hours` to count"
        for place, steps in ladders.items():
            for index, step in enumerate(steps):
                people = [target for target in step.page if target not in TARGETS]
                yield from self._missing(f"{place}.{index}.page", "person", people, self.people)
                if INCIDENT_MANAGER in step.page and not self.incident_manager:
                    where = f"{place}.{index}.page"
                    yield where, "the policy names no `incident_manager`, a team that is one"

    def _broken_runbooks(self) -> Iterator[tuple[str, str]]:
        for key, runbook in self.runbooks.items():
            place, match = f"runbooks.{key}", runbook.match
            named = [match.category] if match.category else []
            yield from self._missing(f"{place}.match.category", "category", named, self.categories)
            yield from self._missing(
                f"{place}.match.services", "service", match.services, self.services
            )
            yield from self._missing(f"{place}.approvers", "person", runbook.approvers, self.people)
            yield from ((place, problem) for problem in wrong_in(runbook))

    def _out_of_reach(self) -> Iterator[tuple[str, str]]:
        """Every host that is asked something and is not on the list, as `_broken_references`."""
        for place, host in reached(self.services, self.runbooks, self.teams):
            # A host that is filled in is judged when it is.
            if "{" not in host and not knows(self.hosts, host):
                yield place, f"{host!r} is not on the list of `hosts`"

    @staticmethod
    def _missing(
        place: str, kind: str, names: Iterable[str], known: Collection[str]
    ) -> Iterator[tuple[str, str]]:
        for name in names:
            if name not in known:
                yield place, f"no {kind} {name!r}; there are: {', '.join(sorted(known))}"
