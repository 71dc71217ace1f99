"""The log beside what was seen of the workflow: pure, and each difference in words."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from benchmarks.replay.log import LoggedEvent, LoggedIncident
from benchmarks.replay.plan import states_of
from benchmarks.replay.states import BY_WORD, Seen, State


@dataclass(frozen=True)
class Mismatch:
    """Where an incident did not go the way the log went.

    field: `state`, `priority` or `reopen_count`; of the first two the first event that differs is
        told.
    """

    number: str
    field: str
    expected: str | int
    got: str | int
    why: str

    def row(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)


def compare(incident: LoggedIncident, seen: Sequence[Seen], stuck: str = "") -> list[Mismatch]:
    """Every field that differs; none for an exact match.

    The state and the priority must be the log's at every event, as far as the log has them, and
    the reopenings in the end. `stuck` says why fewer events were seen than the log has.
    """
    found = [_state(incident, seen, stuck), _priority(incident, seen)]
    if not stuck:
        found += [_escalation(incident, seen), _reopen_count(incident, seen)]
    return [mismatch for mismatch in found if mismatch]


def _state(incident: LoggedIncident, seen: Sequence[Seen], stuck: str) -> Mismatch | None:
    wrong = [
        at
        for at, (event, saw) in enumerate(zip(incident.events, seen, strict=False))
        if event.state and event.state != saw.state
    ]
    if wrong:
        first = wrong[0]
        event, saw = incident.events[first], seen[first]
        why = f"{_when(incident, first)}: {_why_another_state(event, saw)}{_later(wrong)}"
        return Mismatch(incident.number, "state", event.state, str(saw.state), why)
    if stuck:
        at = min(len(seen), len(incident.events) - 1)
        expected = incident.events[at].state or "an answer"
        why = f"{_when(incident, at)}: {stuck}"
        return Mismatch(incident.number, "state", expected, "no answer", why)
    return None


def _why_another_state(event: LoggedEvent, saw: Seen) -> str:
    if event.state not in BY_WORD:
        return "the process has no state of that name"
    if saw.refused:
        return f"refused: {'; '.join(saw.refused)}"
    if saw.state is State.CLOSED:
        return "it had closed by then"
    if event.state == State.CLOSED:
        return "it does not close"
    return "nothing was refused, but that is where it stands"


def _priority(incident: LoggedIncident, seen: Sequence[Seen]) -> Mismatch | None:
    wrong = [
        at
        for at, (event, saw) in enumerate(zip(incident.events, seen, strict=False))
        if event.priority and event.priority != saw.priority
    ]
    if not wrong:
        return None
    first = wrong[0]
    event, saw = incident.events[first], seen[first]
    if saw.refused:
        because = f"refused: {'; '.join(saw.refused)}"
    elif event.impact and event.urgency:
        because = (
            f"the log has impact {event.impact} and urgency {event.urgency} there, which do not "
            f"make {event.priority} by the policy's matrix"
        )
    else:
        because = "the log does not say by which impact and urgency"
    why = f"{_when(incident, first)}: {because}{_later(wrong)}"
    return Mismatch(incident.number, "priority", event.priority, str(saw.priority), why)


def _escalation(incident: LoggedIncident, seen: Sequence[Seen]) -> Mismatch | None:
    """It may have come back before the next event, which is no way to go unnoticed."""
    times = seen[-1].escalated
    if not times:
        return None
    why = "it left the people for the next tier, which nobody in the log asked for"
    return Mismatch(incident.number, "state", "no escalation", f"{times} escalations", why)


def _reopen_count(incident: LoggedIncident, seen: Sequence[Seen]) -> Mismatch | None:
    counts = [event.reopen_count for event in incident.events if event.reopen_count is not None]
    got = seen[-1].reopened
    if not counts or counts[-1] == got:
        return None
    shown = sum(
        before in (State.RESOLVED, State.CLOSED) and after not in (State.RESOLVED, State.CLOSED)
        for before, after in pairwise(states_of(incident))
    )
    if shown == got:
        why = f"by its states it was reopened {shown} times in the log, which counts {counts[-1]}"
        if counts[0]:
            why += f", {counts[0]} of them before its first row"
    else:
        why = "; ".join(refusal for saw in seen for refusal in saw.refused) or (
            f"its states in the log ask for {shown}, the workflow's path shows {got}"
        )
    return Mismatch(incident.number, "reopen_count", counts[-1], got, why)


def _when(incident: LoggedIncident, at: int) -> str:
    event = incident.events[at]
    return f"at {event.at:%d/%m/%Y %H:%M} (line {event.line})"


def _later(wrong: Sequence[int]) -> str:
    more = len(wrong) - 1
    return f"; so at {more} later event{'s' if more > 1 else ''}" if more else ""
