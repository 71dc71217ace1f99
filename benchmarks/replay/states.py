"""What a state of the log is in the process, as far as one can see it from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise

from standfast.incidents.assessment import Priority
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView
from standfast.time.clocks import HoldReason


class State(StrEnum):
    """The states of the log, in its own words."""

    NEW = "New"
    ACTIVE = "Active"
    AWAITING_USER = "Awaiting User Info"
    AWAITING_VENDOR = "Awaiting Vendor"
    AWAITING_PROBLEM = "Awaiting Problem"
    AWAITING_EVIDENCE = "Awaiting Evidence"
    AWAITING_CHANGE = "Awaiting Change"
    RESOLVED = "Resolved"
    CLOSED = "Closed"


BY_WORD: dict[str, State] = {state.value: state for state in State}

HOLD_REASONS = {
    State.AWAITING_USER: HoldReason.USER,
    State.AWAITING_VENDOR: HoldReason.VENDOR,
    State.AWAITING_PROBLEM: HoldReason.PROBLEM,
    State.AWAITING_EVIDENCE: HoldReason.EVIDENCE,
    State.AWAITING_CHANGE: HoldReason.CHANGE,
}
"""An incident that awaits somebody is on hold; the log has no state for a hold for a change."""

_AWAITING: dict[str, State] = {reason.value: state for state, reason in HOLD_REASONS.items()}

DECIDING = frozenset(
    {
        Box.REPORT,
        Box.TRIAGE,
        Box.CLASSIFY,
        Box.AUTOMATED_RESOLUTION,
        Box.HIGH_IMPACT,
        Box.CRITICAL,
        Box.ASSIGN,
        Box.ESCALATE,
    }
)
"""Boxes that an incident walks through by itself, on its way to the people."""


@dataclass(frozen=True)
class Seen:
    """What the workflow said after an event of the log.

    reopened: how often a resolution of it did not hold, over all its episodes.
    escalated: how often it left the people for the next tier, which nobody asked for.
    refused: what it would not do at this event, and why.
    behind: how long after the event's time the last thing happened to it, by its own clock; None
        once it has closed.
    """

    state: State
    priority: Priority | None
    reopened: int
    escalated: int = 0
    refused: tuple[str, ...] = ()
    behind: timedelta | None = None


def state_of(incident: IncidentView) -> State:
    """The log's word for where an incident stands.

    New is the people's turn while nobody has acknowledged it, Active when somebody has. Resolved
    lasts from a responder's word through verification and watch window.
    """
    if incident.stage is Box.CLOSE:
        return State.CLOSED
    if incident.stage in (Box.ISSUE_RESOLVED, Box.FOLLOW_UP) or (
        incident.stage is Box.RESOLVE and incident.resolution
    ):
        return State.RESOLVED
    if incident.on_hold:
        return _AWAITING[incident.on_hold]
    return State.ACTIVE if incident.acknowledged_by else State.NEW


def reopenings(path: Sequence[Box]) -> int:
    """How often a resolution did not hold, by the path of one episode."""
    return sum(
        start in (Box.ISSUE_RESOLVED, Box.FOLLOW_UP) and end is Box.ESCALATE
        for start, end in pairwise(path)
    )


def escalations(path: Sequence[Box]) -> int:
    """How often the people did not come to a resolution: a clock ran out, or they asked for it."""
    return sum(ends == (Box.RESOLVE, Box.ESCALATE) for ends in pairwise(path))
