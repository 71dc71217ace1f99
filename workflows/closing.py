"""How an incident ended, for its record and for whoever is told."""

from datetime import datetime

from standfast.incidents.record import ClosedIncident, Outcome
from workflows.state import State


def outcome_of(state: State) -> Outcome:
    """The outcome, as the boxes walked say it."""
    if state.merged_into:
        return Outcome.MERGED
    if state.withdrawn:
        return Outcome.WITHDRAWN
    automated = state.remediation is not None and state.remediation.yes
    return Outcome.AUTOMATED if automated else Outcome.RESOLVED


def closing_words(state: State) -> str:
    """What reporter and owner are told in the end."""
    if state.merged_into:
        return f"It was merged into {state.merged_into}: follow that one."
    if state.resolution and not state.withdrawn:
        solved = state.resolution
        return f"It is closed. {solved.by} resolved it: {solved.summary}"
    return f"It is closed: {state.outcome}."


def result_of(state: State, outcome: Outcome, at: datetime) -> ClosedIncident:
    """The result of a workflow whose record, with this outcome, was taken at that moment."""
    return ClosedIncident(
        incident_id=state.incident_id,
        episode=state.episode,
        outcome=outcome,
        priority=state.priority,
        path=tuple(state.path),
        opened_at=state.opened_at,
        closed_at=at,
        occurrences=state.occurrences,
        resolution=state.resolution,
    )
