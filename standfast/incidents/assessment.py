"""What triage and classification say about an incident, and how an answer is recorded."""

from enum import StrEnum

from pydantic import Field

from standfast.incidents.flowchart import Box
from standfast.incidents.report import Report
from standfast.messages.message import Duration, Instant, Message
from standfast.time.clocks import Clocks


class Level(StrEnum):
    """How much: of impact and of urgency."""

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
    """What a box answered, why, and under which version of the policy (design rule 2)."""

    answer: str
    reasons: tuple[str, ...]
    policy_version: str

    @property
    def yes(self) -> bool:
        return self.answer == "yes"


class Decision(Answer):
    """An answer as it stands in the incident's record."""

    box: Box
    at: Instant


class SimilarIncident(Message):
    """A past incident whose words resemble this one's, with what resolved it."""

    incident_id: str
    episode: int
    title: str
    resolution: str = ""
    closed_at: Instant


class Triage(Answer):
    """Urgency, impact, scope and priority of a report; `answer` is the priority."""

    impact: Level
    urgency: Level
    scope: Scope
    priority: Priority
    likely_path: str
    similar: tuple[SimilarIncident, ...] = ()


class ApprovalRule(StrEnum):
    """When a runbook asks people before it runs."""

    NEVER = "never"
    ALWAYS = "always"
    WHEN_HIGH_IMPACT = "when high impact"


class RunbookChoice(Message):
    """The runbook that fits an incident, and whether it asks before it runs.

    takes_at_most: the time that all its steps, checks and undoing together may take.
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
    """Category and subcategory with the evidence that led there; `answer` is the category.

    `no_runbook_because` says why `runbook` is None.
    """

    category: str
    subcategory: str = ""
    confidence: float = Field(ge=0, le=1)
    team: str
    runbook: RunbookChoice | None = None
    no_runbook_because: str = ""


class Assessed(Message):
    """A report with what triage and classification made of it."""

    report: Report
    impact: Level
    urgency: Level
    scope: Scope
    priority: Priority
    category: str
    subcategory: str = ""

    @classmethod
    def of(cls, report: Report, triage: Triage, classification: Classification) -> "Assessed":
        """A report as it has just been judged."""
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
        """The same without the long texts of the report: for questions that do not read them."""
        short = {"description": "", "impact_statement": "", "error_message": ""}
        return self.model_copy(update={"report": self.report.model_copy(update=short)})


class Reprioritised(Answer):
    """A priority that a person changed; `answer` is the new one."""

    impact: Level
    urgency: Level
    priority: Priority
    clocks: Clocks


NOW_CRITICAL = "now critical"
"""What a judgement that makes an incident critical begins with."""


class Judged(Message):
    """What an incident was judged by so far: by itself none of it goes down.

    users, departments: how many were known then. asks_again_at_users, asks_again_at_departments:
    the next number of them at which the answer may be another; None where no number changes it.
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
    """The worst of all that is known of an incident, as triage, high impact and critical see it.

    critical: None where it is not high impact, and was not asked.
    because: what became worse, in a few words that a page begins with; empty at the first time.
    raised: priority, high impact or critical is worse than before. `changed`: anything is.
    raised_by: the places, among the statements that were judged, of those that made it worse.
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
