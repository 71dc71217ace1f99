"""The whole policy, its sections checked against each other."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, model_validator

from standfast.incidents.assessment import Priority
from standfast.incidents.resolution import EvidenceKind, Verdict
from standfast.messages.message import Duration, Name
from standfast.policy.access import AccessRules
from standfast.policy.answers import AnswerWords, broken_answers
from standfast.policy.channels import Channels
from standfast.policy.chat import ChatRules, broken_chats
from standfast.policy.contact_methods import ContactDemands, ContactMethods
from standfast.policy.guards import Guards
from standfast.policy.hosts import HostPattern
from standfast.policy.knowledge import KnowledgeRules
from standfast.policy.mail import MailRules, broken_mailboxes
from standfast.policy.pages import PageTemplates
from standfast.policy.paging import EscalationPolicies, OutageRules
from standfast.policy.quiet_hours import QuietHours
from standfast.policy.references import broken_references, unlisted_hosts
from standfast.policy.retention import RetentionRules
from standfast.policy.reviews import ReviewRules
from standfast.policy.rules import (
    Category,
    Classification,
    CriticalRules,
    HighImpactRules,
    TriageRules,
)
from standfast.policy.runbooks import Runbook
from standfast.policy.section import Key, Section
from standfast.policy.services import Service
from standfast.policy.sources import Source
from standfast.policy.storm import StormRules
from standfast.policy.teams import Person, Team
from standfast.time.clocks import Clocks
from standfast.time.working_time import Hours


class ClockSettings(Clocks):
    """One priority's clocks, as the policy gives them."""

    model_config = Section.model_config


class VerificationRules(Section):
    """What evidence incidents need, and what it means when the reporter does not answer.

    no_answer_needs: `green_probes` runs all tests and log checks of the service again before no
        answer counts as `no_answer_means`; `nothing` does not.
    """

    needs: tuple[EvidenceKind, ...] = (EvidenceKind.USER_CONFIRMATION,)
    confirm_within: Duration = timedelta(days=5)
    remind_every: Duration = timedelta(days=1)
    no_answer_means: Verdict = Verdict.RESOLVED
    no_answer_needs: Literal["green_probes", "nothing"] = "green_probes"


class WatchRules(Section):
    """The follow-up window: `first_check`, then each gap `growth` times longer."""

    watch_for: Duration
    first_check: Duration
    growth: float = Field(default=2, ge=1, le=10)


class FollowUpRules(Section):
    """Which incidents are followed up: every partial resolution; others by priority or service."""

    window: WatchRules
    priorities: tuple[Priority, ...] = ()
    workarounds: bool = True


class ReporterNotification(Section):
    """Where reporters are notified; `{reporter}` in a URL is their address, percent-encoded."""

    channels: Channels = Field(default_factory=dict)


class Policy(Section):
    """Everything that process owners decide. Read from YAML by `standfast.policy_file.loading`."""

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
    paging: EscalationPolicies = Field(default_factory=dict)
    incident_manager: Key | None = None
    operators: tuple[Key, ...] = ()
    after_outage: OutageRules = OutageRules()
    quiet_hours: QuietHours = QuietHours()
    verification: VerificationRules = VerificationRules()
    follow_up: FollowUpRules
    reporters: ReporterNotification = ReporterNotification()
    contact_methods: ContactMethods = Field(default_factory=dict)
    contact_demands: ContactDemands = ContactDemands()
    mail: MailRules = MailRules()
    answers: AnswerWords = AnswerWords()
    storm: StormRules = StormRules()
    pages: PageTemplates = PageTemplates()
    runbooks: dict[Key, Runbook] = Field(default_factory=dict)
    guards: Guards = Guards()
    retention: RetentionRules = RetentionRules()
    reviews: ReviewRules = ReviewRules()
    knowledge: KnowledgeRules = KnowledgeRules()
    sources: dict[Key, Source] = Field(default_factory=dict)
    access: AccessRules = AccessRules()
    chat: ChatRules = ChatRules()

    _version: str = PrivateAttr(default="unversioned")

    @property
    def version(self) -> str:
        """A hash of the text this policy was read from; recorded with every decision."""
        return self._version

    def people_known_as(self, *names: str) -> tuple[str, ...]:
        """The people whom one of these names: their key, full name, or mail address."""
        wanted = {name.casefold() for name in names if name}
        return tuple(
            key
            for key, person in self.people.items()
            if not wanted.isdisjoint(
                each.casefold() for each in (key, person.name, *person.mail_addresses)
            )
        )

    def person_signed_in_as(self, name: str) -> str:
        """The person who has this name as their key or mail address; empty for nobody, or several.

        A full name is not enough: at some providers people choose theirs.
        """
        called = name.casefold()
        found = [
            key
            for key, person in self.people.items()
            if called in (key.casefold(), *(each.casefold() for each in person.mail_addresses))
        ]
        return called if called in self.people else found[0] if len(found) == 1 else ""

    def teams_of(self, person: str) -> tuple[str, ...]:
        """The teams that a person is in, by the rotations of their tiers."""
        return tuple(key for key, team in self.teams.items() if person in team.people)

    def hours_of(self, team: str, at: datetime) -> Hours | None:
        """The working hours of a team, with its holidays of the years around `at`.

        None where all time counts: for a team without any, or one that is not in the policy.
        """
        known = self.teams.get(team)
        return known.working_hours.around(at) if known and known.working_hours else None

    def versioned(self, version: str) -> "Policy":
        """The same policy, under that version."""
        policy = self.model_copy()
        policy._version = version
        return policy

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> "Policy":
        broken = [*broken_references(self), *unlisted_hosts(self)]
        broken += [*broken_mailboxes(self.mail, self.services), *broken_answers(self.answers)]
        broken += broken_chats(self.chat, self.teams, by_team=self.access.by_team)
        if broken:
            raise ValueError("\n".join(f"{where}: {what}" for where, what in broken))
        return self
