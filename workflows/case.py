"""The workflow's input: what an episode begins with, or goes on with after continue-as-new."""

from datetime import datetime

from pydantic import BaseModel, Field

from standfast.incidents.actors import OURSELVES
from standfast.incidents.impact_ledger import Statement
from standfast.incidents.report import Report
from workflows.state import State


class Case(BaseModel):
    """The workflow's input: a report, or, after continue-as-new, the state to go on from.

    `repeats` are further reports of the same thing that came before the episode began, `more` is
    how many came beside those, and `counted` what each counter of repeats had counted by then.
    `confidential` says why it is that from the start; empty where it is not.
    """

    report: Report
    episode: int = Field(default=1, ge=1)
    repeats: list[Report] = Field(default_factory=list)
    more: int = Field(default=0, ge=0)
    counted: dict[str, int] = Field(default_factory=dict)
    confidential: str = ""
    state: State | None = None

    def opened(self, incident_id: str, at: datetime) -> State:
        """The state with which a run of it begins, at that moment."""
        if self.state:
            return self.state
        state = State(
            incident_id=incident_id,
            episode=self.episode,
            opened_at=at,
            report=self.report,
            occurrences=1 + len(self.repeats) + self.more,
            counted=dict(self.counted),
            latest=self.repeats[-1] if self.repeats else None,
        )
        for report in (self.report, *self.repeats):
            state.reported_by(report.reporter, monitor=report.by_monitor)
            state.take(report)
            state.ledger.add(Statement.of(report, at), state.persons)
        asked = next((each for each in (self.report, *self.repeats) if each.confidential), None)
        if self.confidential or asked:
            by = asked.reporter if asked and not self.confidential else OURSELVES
            state.restrict(by, self.confidential or "asked for in the report")
        state.severity_rose = ""  # it is judged by all of them at once
        return state
