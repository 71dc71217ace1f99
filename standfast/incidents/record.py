"""An incident as it is shown and stored: for `show`, the query and the record store."""

from enum import StrEnum
from typing import Literal, NamedTuple

from pydantic import Field

from standfast.incidents.approval import Approval
from standfast.incidents.assessment import Decision, Level, Priority, Scope, SimilarIncident
from standfast.incidents.flowchart import Box
from standfast.incidents.impact_ledger import LedgerLine
from standfast.incidents.members import Member
from standfast.incidents.monitoring import MOST_MEMBERS, has_recovered
from standfast.incidents.relations import Related
from standfast.incidents.report import Report
from standfast.incidents.resolution import Evidence, RemediationResult, Resolution
from standfast.messages.message import Instant, Message
from standfast.time.clocks import Breach


class Outcome(StrEnum):
    """How an incident ended."""

    AUTOMATED = "automated"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


OURSELVES = "standfast"
"""Who acts on the timeline where no person does."""


class TimelineEntry(Message):
    """One event. `number` counts from 1 within an episode, without gaps.

    `person` is the recipient of a page or another message, and `why` the reason for it.
    """

    number: int
    at: Instant
    box: Box
    event: str
    actor: str
    detail: str = ""
    person: str | None = None
    why: str | None = None


class WaitingFor(Message):
    """The next event of an open incident: when a timer ends, or what a person has to do."""

    kind: Literal["timer", "person"]
    what: str
    until: Instant | None = None
    who: str | None = None


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

    `report` is the first report, `latest` the last one that says something else. `labels` are those
    of the first and of what monitors said later, with the worst severity. `members` are the alerts
    of a group that are in it, at most `MOST_MEMBERS`. `absorbed` are the incidents that were merged
    into it. `ledger` is the impact ledger. `pinned_by` is who pinned the priority, so that nothing
    raises it automatically. `recovered` are the monitors that say it is over and have not fired
    since.
    """

    incident_id: str
    episode: int
    title: str
    status: Literal["open", "closed"]
    stage: Box
    path: tuple[Box, ...]
    priority: Priority | None = None
    impact: Level | None = None
    urgency: Level | None = None
    scope: Scope | None = None
    category: str | None = None
    subcategory: str | None = None
    confidence: float | None = None
    high_impact: bool | None = None
    critical: bool | None = None
    team: str | None = None
    tier: int | None = None
    assignee: str | None = None
    acknowledged_by: str | None = None
    on_hold: str | None = None
    quiet_until: Instant | None = None
    commander: str | None = None
    breaches: tuple[Breach, ...] = ()
    reopened: int = 0
    related: tuple[Related, ...] = ()
    merged_into: str | None = None
    next_pages: tuple[NextPage, ...] = ()
    occurrences: int
    reporters: tuple[str, ...]
    recovered: tuple[str, ...] = ()
    decisions: tuple[Decision, ...]
    waiting_for: tuple[WaitingFor, ...]
    evidence: tuple[Evidence, ...]
    similar: tuple[SimilarIncident, ...] = ()
    approval: Approval | None = None
    remediation: RemediationResult | None = None
    resolution: Resolution | None = None
    outcome: Outcome | None = None
    opened_at: Instant
    closed_at: Instant | None = None
    report: Report
    latest: Report | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    members: tuple[Member, ...] = ()
    absorbed: tuple[str, ...] = ()
    ledger: tuple[LedgerLine, ...] = ()
    worse: Worse | None = None
    pinned_by: str | None = None
    timeline: tuple[TimelineEntry, ...]
    timeline_archived: int = 0

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
    """An incident, with notes for the reader, such as that the record store did not answer."""

    view: IncidentView
    notes: tuple[str, ...] = ()


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
