"""The answers of triage, classification and the judgement of an incident."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from standfast.incidents.article import KnownFix
from standfast.incidents.flowchart import Box
from standfast.incidents.report import Report
from standfast.incidents.via import LEFT_OUT_WITHOUT
from standfast.messages.message import Duration, Instant, Message
from standfast.time.clocks import Clocks


class Level(StrEnum):
    """The level of impact or urgency."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Scope(StrEnum):
    """Who is affected."""

    USER = "user"
    GROUP = "group"
    DEPARTMENT = "department"
    ORGANISATION = "organisation"


class Priority(StrEnum):
    """From impact and urgency by the policy's matrix; P1 comes first."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"
    P5 = "P5"

    @property
    def number(self) -> int:
        """1 to 5, the same scale as Temporal's task priority."""
        return int(self.value[1])


class Answer(Message):
    """A box's answer, its reasons, and the policy version (design rule 2)."""

    answer: str
    reasons: tuple[str, ...]
    policy_version: str

    @property
    def yes(self) -> bool:
        return self.answer == "yes"


class Decision(Answer):
    """An answer on the incident's record."""

    box: Box
    at: Instant


class SimilarIncident(Message):
    """A past incident with similar words, and its resolution.

    fix: the article that was used in it, with its rate as it was at triage.
    """

    incident_id: str
    episode: int
    title: str
    resolution: str = ""
    closed_at: Instant
    fix: Annotated[KnownFix | None, LEFT_OUT_WITHOUT] = None


class Triage(Answer):
    """Urgency, impact, scope and priority of a report; `answer` is the priority.

    open_actions: of the reviews of its earlier episodes, in words; None where there is none.
    """

    impact: Level
    urgency: Level
    scope: Scope
    priority: Priority
    likely_path: str
    similar: tuple[SimilarIncident, ...] = ()
    open_actions: Annotated[tuple[str, ...] | None, LEFT_OUT_WITHOUT] = None


class ApprovalRule(StrEnum):
    """When a runbook needs approval before it runs."""

    NEVER = "never"
    ALWAYS = "always"
    WHEN_HIGH_IMPACT = "when high impact"


class RunbookChoice(Message):
    """The runbook that fits an incident, and whether it needs approval.

    takes_at_most: the time limit of all its steps, checks and undo steps together.
    approve_within: until people take over; `remind_every` passes between two reminders.
    approvers: people of the policy; none: whoever is on call.
    """

    name: str
    title: str
    takes_at_most: Duration
    approval: ApprovalRule = ApprovalRule.ALWAYS
    approve_within: Duration
    remind_every: Duration
    approvers: tuple[str, ...] = ()

    def needs_approval(self, high_impact: bool) -> bool:
        """Whether somebody has to approve it before it runs, by the incident's impact."""
        if self.approval is ApprovalRule.WHEN_HIGH_IMPACT:
            return high_impact
        return self.approval is ApprovalRule.ALWAYS


class Classification(Answer):
    """Category and subcategory, with the evidence; `answer` is the category.

    `no_runbook_because` says why `runbook` is None; `confidential` why the incident is that, empty
    where it is not.
    """

    category: str
    subcategory: str = ""
    confidence: float = Field(ge=0, le=1)
    team: str
    runbook: RunbookChoice | None = None
    no_runbook_because: str = ""
    confidential: str = ""


class Assessed(Message):
    """A report with its triage and classification."""

    report: Report
    impact: Level
    urgency: Level
    scope: Scope
    priority: Priority
    category: str
    subcategory: str = ""

    @classmethod
    def of(cls, report: Report, triage: Triage, classification: Classification) -> "Assessed":
        """A report with its answers."""
        return cls(
            report=report,
            impact=triage.impact,
            urgency=triage.urgency,
            scope=triage.scope,
            priority=triage.priority,
            category=classification.category,
            subcategory=classification.subcategory,
        )

    def briefly(self) -> "Assessed":
        """The same without the report's long texts, for decisions that do not read them."""
        short = {"description": "", "impact_statement": "", "error_message": ""}
        return self.model_copy(update={"report": self.report.model_copy(update=short)})


class Reprioritised(Answer):
    """A priority that a person set; `answer` is the new one."""

    impact: Level
    urgency: Level
    priority: Priority
    clocks: Clocks


NOW_CRITICAL = "now critical"
"""The first words of a judgement that makes an incident critical."""


class Judged(Message):
    """The levels of an incident so far. They never go down automatically.

    users, departments: how many were known then. asks_again_at_users, asks_again_at_departments:
    the next number at which the answer may change; None where no number changes it.
    """

    impact: Level
    urgency: Level
    scope: Scope = Scope.USER
    priority: Priority
    high_impact: bool = False
    critical: bool = False
    users: int = 0
    departments: int = 0
    asks_again_at_users: int | None = None
    asks_again_at_departments: int | None = None


class Judgement(Message):
    """The answers of triage, high impact and critical for the worst that is known of an incident.

    critical: None where it is not high impact, so that was not asked.
    because: what became worse, in a few words for the start of a page; empty the first time.
    raised: priority, high impact or critical is worse than before. `changed`: anything is.
    raised_by: the indexes of the statements that raised it.
    """

    triage: Triage
    high_impact: Answer
    critical: Answer | None = None
    clocks: Clocks
    judged: Judged
    because: str = ""
    raised: bool = False
    changed: bool = False
    newly_high_impact: bool = False
    newly_critical: bool = False
    raised_by: tuple[int, ...] = ()
