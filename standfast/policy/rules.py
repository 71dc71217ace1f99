"""The rules by which a report is assessed: triage, categories, high impact, critical."""

from typing import Annotated

from pydantic import Field, model_validator

from standfast.incidents.assessment import Level, Priority, Scope
from standfast.messages.message import OptionalLine
from standfast.messages.phrases import Phrases
from standfast.policy.section import Key, Section

OTHER = "other"
"""The category when no rule matches."""


class ReportCondition(Section):
    """What to look for in a report. Every part that is given must match.

    words: any of these phrases in the title, the description or the impact statement.
    error: any of these phrases in the error message.
    services: the report's service is one of these.
    labels: the report has all these labels; the value `*` stands for any.
    """

    words: Phrases = ()
    error: Phrases = ()
    services: tuple[Key, ...] = ()
    labels: dict[str, OptionalLine] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _looks_for_something(self) -> "ReportCondition":
        if not (self.words or self.error or self.services or self.labels):
            raise ValueError("needs at least one of words, error, services, labels")
        return self


class CategoryRule(ReportCondition):
    """A condition that speaks for a category, and perhaps for one of its subcategories."""

    weight: float = Field(default=1, gt=0, le=100)
    subcategory: Key | None = None


class Category(Section):
    """A kind of incident and the team that handles it. confidential: so are all of this kind."""

    team: Key
    rules: tuple[CategoryRule, ...] = ()
    confidential: bool = False


class Classification(Section):
    """How sure classification must be: below `min_weight` or `min_confidence` it is other."""

    min_weight: float = Field(default=2, gt=0)
    min_confidence: float = Field(default=0.4, ge=0, le=1)


class LevelRule(ReportCondition):
    """A condition that speaks for a level of impact or urgency."""

    level: Level


class ScopeThresholds(Section):
    """From how many users on a report concerns more than one person."""

    group: int = Field(default=2, ge=1)
    department: int = Field(default=25, ge=1)
    organisation: int = Field(default=200, ge=1)

    @model_validator(mode="after")
    def _grow(self) -> "ScopeThresholds":
        if not self.group <= self.department <= self.organisation:
            raise ValueError("must grow from group over department to organisation")
        return self


class DepartmentThresholds(Section):
    """From how many departments on, by the label `department` of reports, the scope is wider."""

    department: int = Field(default=2, ge=2)
    organisation: int = Field(default=4, ge=2)

    @model_validator(mode="after")
    def _grow(self) -> "DepartmentThresholds":
        if self.department > self.organisation:
            raise ValueError("must grow from department to organisation")
        return self


Matrix = Annotated[dict[Level, dict[Level, Priority]], Field(min_length=3)]
"""Impact, then urgency, gives the priority."""


class TriageRules(Section):
    """How urgency and impact are set: the highest level of any condition that holds."""

    matrix: Matrix
    users: ScopeThresholds = ScopeThresholds()
    departments: DepartmentThresholds = DepartmentThresholds()
    impact: tuple[LevelRule, ...] = ()
    impact_by_scope: dict[Scope, Level] = Field(default_factory=dict)
    urgency: tuple[LevelRule, ...] = ()
    default_impact: Level = Level.LOW
    default_urgency: Level = Level.MEDIUM

    @model_validator(mode="after")
    def _matrix_is_complete(self) -> "TriageRules":
        for impact in Level:
            for urgency in Level:
                if urgency not in self.matrix.get(impact, {}):
                    raise ValueError(f"matrix: no priority for impact {impact}, urgency {urgency}")
        return self


class HighImpactRules(Section):
    """What makes an incident high impact, besides a service that is business critical."""

    users: int = Field(default=50, ge=1)
    essential_services: bool = True
    conditions: tuple[ReportCondition, ...] = ()


class CriticalRules(Section):
    """What makes a high-impact incident critical: security, data integrity, core infrastructure."""

    security_categories: tuple[Key, ...] = ("security",)
    data_integrity: tuple[ReportCondition, ...] = ()
    security: tuple[ReportCondition, ...] = ()
    core_infrastructure: bool = True
