"""What is shown of an incident, and what is kept of it: `show`, the query, the record store."""

from enum import StrEnum
from typing import Literal

from standfast.incidents.approval import Approval
from standfast.incidents.assessment import Decision, Level, Priority, Scope, SimilarIncident
from standfast.incidents.flowchart import Box
from standfast.incidents.impact_ledger import LedgerLine
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


class TimelineEntry(Message):
    """One thing that happened. `number` counts from 1 within an episode, without gaps.

    `person` is who was to be reached, of a page or another message, and `why` they were.
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
    """The next event of an open incident: a timer's end, or what a person has to do."""

    kind: Literal["timer", "person"]
    what: str
    until: Instant | None = None
    who: str | None = None


class NextPage(Message):
    """A page that is to come: when, whom it is for as things stand now, and why it will be sent."""

    at: Instant
    whom: str
    why: str


class Worse(Message):
    """That an incident became worse, until somebody acknowledges it as it is now.

    before, now: its priority. because: what is worse, in a few words.
    """

    before: Priority
    now: Priority
    because: str

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
    """Everything there is to know about one episode of an incident.

    `report` is the first, `latest` the last that said something else; `ledger` is what was said of
    its impact. `pinned_by` is who wants that nothing raises it by itself.
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
    ledger: tuple[LedgerLine, ...] = ()
    worse: Worse | None = None
    pinned_by: str | None = None
    timeline: tuple[TimelineEntry, ...]
    timeline_archived: int = 0


class IncidentSummary(Message):
    """One line of `list`, from Temporal's visibility.

    `latest_title` is that of the report by which it last became worse, where that is another.
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
