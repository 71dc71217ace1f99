"""An incident as it is shown and stored: for `show`, the query and the record store."""

from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from standfast.incidents import reporters_part
from standfast.incidents.addition import Addition, tags_of
from standfast.incidents.approval import Approval
from standfast.incidents.assessment import Decision, Level, Priority, Scope, SimilarIncident
from standfast.incidents.confidentiality import Confidential
from standfast.incidents.flowchart import Box
from standfast.incidents.impact_ledger import LedgerLine
from standfast.incidents.members import Member
from standfast.incidents.monitoring import MOST_MEMBERS, has_recovered
from standfast.incidents.relations import Related
from standfast.incidents.report import Report
from standfast.incidents.resolution import Evidence, RemediationResult, Resolution
from standfast.incidents.roles import Role
from standfast.incidents.via import LEFT_OUT_WITHOUT, Via
from standfast.incidents.visibility import Everybody, Responders, SeenBy
from standfast.messages.message import Instant, Message
from standfast.time.clocks import Breach


class Outcome(StrEnum):
    """How an incident ended."""

    AUTOMATED = "automated"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


NOT_AGAIN = (Outcome.WITHDRAWN, Outcome.MERGED)
"""What ended so did not happen again: it was no trouble, or is a part of another incident."""


class TimelineEntry(Message):
    """One event. `number` counts from 1 within an episode, without gaps.

    `person` is the recipient of a page or another message, and `why` the reason for it. `via` is
    the way by which an answer to a page came; it is left out for all else.
    """

    number: Everybody[int]
    at: Everybody[Instant]
    box: Everybody[Box]
    event: Everybody[str]
    actor: Everybody[str]
    detail: Everybody[str] = ""
    person: Everybody[str | None] = None
    why: Everybody[str | None] = None
    via: Responders[Annotated[Via | None, LEFT_OUT_WITHOUT]] = None

    @property
    def who(self) -> str:
        """Who acted, and by which way: `george by SMS`."""
        return f"{self.actor} {self.via.words}" if self.via else self.actor


class WaitingFor(Message):
    """The next event of an open incident: when a timer ends, or what a person has to do."""

    kind: Everybody[Literal["timer", "person"]]
    what: Everybody[str]
    until: Everybody[Instant | None] = None
    who: Everybody[str | None] = None


class NextPage(Message):
    """A scheduled page: when, for whom by the schedule as it is now, and why."""

    at: Instant
    whom: str
    why: str


class Worse(Message):
    """An incident became worse, and nobody has acknowledged that yet.

    before, now: its priority. because: what became worse, in a few words. title: of the report
    that says so, where one does.
    """

    before: Priority
    now: Priority
    because: str
    title: str = ""

    @property
    def turned(self) -> str:
        """`P4 to P1`, or `still P1`."""
        return f"{self.before} to {self.now}" if self.before != self.now else f"still {self.now}"

    @property
    def words(self) -> str:
        """What became worse: `P4 to P1: 500 users instead of 1`."""
        return f"{self.turned}: {self.because}"

    def __str__(self) -> str:
        return f"Worse, {self.words}"


class IncidentView(Message):
    """Everything about one episode of an incident.

    `report` is the first report, with the service that a later one named where it named none;
    `latest` is the last one that says something else. `likely_path` is what triage expected to
    resolve it. `labels` are those
    of the first and of what monitors said later, with the worst severity. `members` are the alerts
    of a group that are in it, at most `MOST_MEMBERS`. `absorbed` are the incidents that were merged
    into it. `ledger` is the impact ledger. `pinned_by` is who pinned the priority, so that nothing
    raises it automatically. `recovered` are the monitors that say it is over and have not fired
    since. `additions` are what was added to its record after it had closed, in order.
    """

    incident_id: Everybody[str]
    episode: Everybody[int]
    title: Everybody[str]
    status: Everybody[Literal["open", "closed"]]
    stage: Everybody[Box]
    path: Everybody[tuple[Box, ...]]
    priority: Everybody[Priority | None] = None
    impact: Responders[Level | None] = None
    urgency: Responders[Level | None] = None
    scope: Responders[Scope | None] = None
    category: Responders[str | None] = None
    subcategory: Responders[str | None] = None
    confidence: Responders[float | None] = None
    high_impact: Responders[bool | None] = None
    critical: Responders[bool | None] = None
    team: Everybody[str | None] = None
    tier: Responders[int | None] = None
    assignee: Responders[str | None] = None
    acknowledged_by: Responders[str | None] = None
    on_hold: Everybody[str | None] = None
    quiet_until: Responders[Instant | None] = None
    commander: Responders[str | None] = None
    breaches: Responders[tuple[Breach, ...]] = ()
    reopened: Everybody[int] = 0
    related: Responders[tuple[Related, ...]] = ()
    merged_into: Responders[str | None] = None
    next_pages: Responders[tuple[NextPage, ...]] = ()
    occurrences: Everybody[int]
    reporters: Annotated[tuple[str, ...], SeenBy(Role.REPORTER, part=reporters_part.name)]
    recovered: Responders[tuple[str, ...]] = ()
    decisions: Annotated[tuple[Decision, ...], SeenBy(Role.RESPONDER, instead=())]
    waiting_for: Annotated[
        tuple[WaitingFor, ...], SeenBy(Role.REPORTER, part=reporters_part.waiting_for)
    ]
    evidence: Annotated[tuple[Evidence, ...], SeenBy(Role.REPORTER, part=reporters_part.evidence)]
    likely_path: Responders[str | None] = None
    similar: Responders[tuple[SimilarIncident, ...]] = ()
    open_actions: Responders[Annotated[tuple[str, ...] | None, LEFT_OUT_WITHOUT]] = None
    approval: Responders[Approval | None] = None
    remediation: Responders[RemediationResult | None] = None
    resolution: Annotated[
        Resolution | None, SeenBy(Role.REPORTER, part=reporters_part.resolution)
    ] = None
    outcome: Everybody[Outcome | None] = None
    opened_at: Everybody[Instant]
    closed_at: Everybody[Instant | None] = None
    report: Everybody[Report]
    latest: Annotated[Report | None, SeenBy(Role.REPORTER, part=reporters_part.report)] = None
    labels: Responders[dict[str, str]] = Field(default_factory=dict)
    members: Responders[tuple[Member, ...]] = ()
    absorbed: Responders[tuple[str, ...]] = ()
    ledger: Responders[tuple[LedgerLine, ...]] = ()
    worse: Responders[Worse | None] = None
    pinned_by: Responders[str | None] = None
    timeline: Annotated[
        tuple[TimelineEntry, ...], SeenBy(Role.REPORTER, part=reporters_part.timeline)
    ]
    timeline_archived: Responders[int] = 0
    confidential: Responders[Confidential | None] = None
    additions: Annotated[
        tuple[Addition, ...],
        SeenBy(Role.REPORTER, part=reporters_part.addition),
        Field(exclude_if=lambda additions: not additions),
    ] = ()

    @property
    def tags(self) -> tuple[str, ...]:
        """What it was tagged with after it had closed."""
        return tags_of(self.additions)

    @property
    def firing(self) -> list[str]:
        """The names of the alerts of its group that fire."""
        return [member.name for member in self.members if member.fires]

    @property
    def not_all_named(self) -> bool:
        """Whether more alerts of its group may fire than `members` has room for."""
        return len(self.firing) >= MOST_MEMBERS

    @property
    def has_recovered(self) -> bool:
        """Whether it is over by the word of all who reported it, and those are monitors.

        Not with another merged into it: of that one no monitor tells this incident.
        """
        told = self.report.by_monitor and not self.absorbed
        return told and has_recovered(self.reporters, self.recovered)


class LookupResult(NamedTuple):
    """An incident, with notes for the reader, such as that the record store did not answer.

    in_temporal: whether Temporal still keeps its run.
    """

    view: IncidentView
    notes: tuple[str, ...] = ()
    in_temporal: bool = True


class IncidentSummary(Message):
    """One line of `list`, from Temporal's visibility.

    `latest_title` is the title of the report that last made it worse, if it differs.
    """

    incident_id: str
    episode: int
    title: str
    latest_title: str | None = None
    status: Literal["open", "closed"]
    stage: str
    priority: str | None = None
    category: str | None = None
    team: str | None = None
    tier: int | None = None
    service: str | None = None
    opened_at: Instant
    closed_at: Instant | None = None


class ClosedIncident(Message):
    """The result of the workflow: how the episode ended."""

    incident_id: str
    episode: int
    outcome: Outcome
    priority: Priority | None
    path: tuple[Box, ...]
    opened_at: Instant
    closed_at: Instant
    occurrences: int
    resolution: Resolution | None = None
