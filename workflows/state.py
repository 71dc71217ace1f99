"""Everything an incident knows about itself; what continue-as-new carries on.

One copy of each fact: what can be derived (the stage, the answers, what is waited for) is.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, Field

from incidents.actions import Escalate, HoldReason, Situation
from incidents.approval import Approval
from incidents.assessment import (
    Answer,
    Assessed,
    Assignment,
    Classification,
    Clocks,
    Decision,
    Level,
    Priority,
    Triage,
)
from incidents.flowchart import Box
from incidents.record import Outcome, TimelineEntry
from incidents.report import Report
from incidents.resolution import Evidence, RemediationResult, Resolution, Verdict, VerificationPlan


class ClockName(StrEnum):
    """The waits that end by themselves."""

    APPROVE = "approve"
    REMIND_APPROVERS = "remind_approvers"
    ACKNOWLEDGE = "acknowledge"
    PAGE_AGAIN = "page_again"
    WARN = "warn"
    RESOLVE = "resolve"
    REMIND_HOLD = "remind_hold"
    CONFIRM = "confirm"
    REMIND_REPORTER = "remind_reporter"
    WATCH = "watch"


PAUSED_BY_HOLD = (
    ClockName.ACKNOWLEDGE,
    ClockName.PAGE_AGAIN,
    ClockName.WARN,
    ClockName.RESOLVE,
)


class Clock(BaseModel):
    """One running wait: when it ends and what happens then."""

    name: ClockName
    due: datetime
    then: str


class Hold(BaseModel):
    """An incident on hold, and what its paused clocks have left."""

    reason: HoldReason
    by: str
    since: datetime
    left: list[tuple[Clock, timedelta]] = Field(default_factory=list)


class Watch(BaseModel):
    """The watch window: the checks that are left, and what was reported since it opened."""

    verdict: Verdict
    opened_at: datetime
    checks: list[datetime]
    probes: bool
    reported_again: int = 0


class State(BaseModel):
    """The mutable state of one episode."""

    incident_id: str
    episode: int
    opened_at: datetime
    report: Report
    occurrences: int = 1
    reporters: list[str] = Field(default_factory=list)
    path: list[Box] = Field(default_factory=lambda: [Box.REPORT])
    decisions: list[Decision] = Field(default_factory=list)
    timeline: list[TimelineEntry] = Field(default_factory=list)
    timeline_archived: int = 0
    triage: Triage | None = None
    impact: Level | None = None
    urgency: Level | None = None
    priority: Priority | None = None
    classification: Classification | None = None
    approval: Approval | None = None
    remediation: RemediationResult | None = None
    assignment: Assignment | None = None
    clock_settings: Clocks | None = None
    assignee: str = ""
    acknowledged_by: str = ""
    clocks: dict[ClockName, Clock] = Field(default_factory=dict)
    hold: Hold | None = None
    escalation: Escalate | None = None
    resolution: Resolution | None = None
    verification_plan: VerificationPlan | None = None
    evidence: list[Evidence] = Field(default_factory=list)
    verdict: Verdict | None = None
    watch: Watch | None = None
    notifications: int = 0
    remediations: int = 0
    withdrawn: bool = False
    next_reports: list[Report] = Field(default_factory=list)
    outcome: Outcome | None = None
    closed_at: datetime | None = None

    @property
    def stage(self) -> Box:
        """The box the incident is in."""
        return self.path[-1]

    @property
    def paged(self) -> str:
        """Whom the pages of this tier go to: everyone of it, or the one who has it."""
        assignment = self.assignment
        if assignment and assignment.page_everyone:
            return ", ".join(assignment.contacts)
        return self.assignee or "the service desk"

    def answer(self, box: Box) -> bool | None:
        """The last answer of a question, None before it was asked."""
        for decision in reversed(self.decisions):
            if decision.box is box:
                return decision.yes
        return None

    def decide(self, box: Box, answer: Answer, at: datetime) -> None:
        """Record what a box answered."""
        self.decisions.append(
            Decision(
                box=box,
                answer=answer.answer,
                reasons=answer.reasons,
                policy_version=answer.policy_version,
                at=at,
            )
        )

    def note(self, at: datetime, event: str, actor: str = "", detail: str = "") -> None:
        """Add to the timeline. An empty actor is Standfast itself."""
        self.timeline.append(
            TimelineEntry(
                number=self.timeline_archived + len(self.timeline) + 1,
                at=at,
                box=self.stage,
                event=event,
                actor=actor or "standfast",
                detail=detail,
            )
        )

    def assessed(self) -> Assessed:
        """The report with what is known of it, for the questions that decide by it."""
        triage, classification = self.triage, self.classification
        if triage is None or classification is None:
            raise RuntimeError("asked before triage and classification")
        return Assessed(
            report=self.report,
            impact=self.impact or triage.impact,
            urgency=self.urgency or triage.urgency,
            scope=triage.scope,
            priority=self.priority or triage.priority,
            category=classification.category,
            subcategory=classification.subcategory,
        )

    def evidence_since(self, moment: datetime) -> tuple[Evidence, ...]:
        """What was gathered or said from then on."""
        return tuple(piece for piece in self.evidence if piece.at >= moment)

    def situation(self) -> Situation:
        """What decides which actions make sense now."""
        return Situation(
            stage=self.stage,
            acknowledged_by=self.acknowledged_by,
            on_hold=self.hold.reason if self.hold else None,
            resolved_by=self.resolution.by if self.resolution else "",
            escalation_asked_by=self.escalation.by if self.escalation else "",
            approval=self.approval,
            withdrawn=self.withdrawn,
        )


class Case(BaseModel):
    """The workflow's input: a report, or, after continue-as-new, the state to go on from.

    `repeats` are further reports of the same thing that came before the episode began.
    """

    report: Report
    episode: int = Field(default=1, ge=1)
    repeats: list[Report] = Field(default_factory=list)
    state: State | None = None
