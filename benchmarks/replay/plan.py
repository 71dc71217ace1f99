"""What is done to an incident so that it goes the way the log went: pure, from the log alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from benchmarks.replay.log import LoggedEvent, LoggedIncident
from benchmarks.replay.policy import desk_of, person_of, team_of
from benchmarks.replay.states import BY_WORD, HOLD_REASONS, State
from standfast.incidents.actions import (
    Acknowledge,
    Action,
    Comment,
    Hold,
    Reassign,
    Reprioritise,
    Resolve,
    Resume,
    Verify,
    Withdraw,
)
from standfast.incidents.report import Channel, Report
from standfast.incidents.resolution import Verdict
from standfast.messages.message import InboundMessage

AUTO_CLOSE = timedelta(days=5)
"""After a resolution, unless its reporter answers: the policy of the replay says the same."""

AUTO_CLOSE_LATE_BY = timedelta(hours=2)
"""The log's own auto-close looked once an hour or so, and closed so late at most."""

_MARGIN = timedelta(minutes=5)
"""The clock runs on while the incident's steps are done, so it is resolved a moment later."""


@dataclass(frozen=True)
class Open:
    """It is reported: for the first time, or again after it had closed."""

    report: Report
    name = "report"


@dataclass(frozen=True)
class Act:
    """Somebody acts."""

    action: Action
    payload: InboundMessage

    @property
    def name(self) -> str:
        """Of its action."""
        return self.action.value


@dataclass(frozen=True)
class Wait:
    """Nobody acts: by then it has closed by itself."""

    until: datetime
    name = "auto_close"


Step = Open | Act | Wait


def steps_of(incident: LoggedIncident) -> list[list[Step]]:
    """For each event of the log, what is done at its time, in order."""
    plan = _Plan(incident)
    walk = zip(incident.events, states_of(incident), strict=True)
    return [list(plan.steps(event, state)) for event, state in walk]


def closes_by_itself(incident: LoggedIncident) -> bool:
    """Whether the five-day rule was at work whenever the log had this incident resolved.

    At times the log's auto-close stood still for days: incidents stayed resolved, some were
    touched or reopened, and they closed when it ran again.
    """
    since: datetime | None = None
    walk = zip(incident.events, states_of(incident), strict=True)
    for (before, state), (after, following) in pairwise(walk):
        if state is State.RESOLVED:
            since = since or before.at
            late = AUTO_CLOSE_LATE_BY if following is State.CLOSED else timedelta()
            if after.at >= since + AUTO_CLOSE + late:
                return False
        if following is not State.RESOLVED:
            since = None
    return True


def states_of(incident: LoggedIncident) -> list[State]:
    """The state at each event; where the log has none that we know, the one before goes on."""
    states, state = [], State.NEW
    for event in incident.events:
        state = BY_WORD.get(event.state, state)
        states.append(state)
    return states


class _Plan:
    """Walks along the log; knows the state that the incident should be in before each event."""

    def __init__(self, incident: LoggedIncident) -> None:
        self._incident = incident
        self._by_itself = closes_by_itself(incident)
        self._state: State | None = None
        self._before: LoggedEvent | None = None
        self._resolved_at = incident.events[0].at

    def steps(self, event: LoggedEvent, wanted: State) -> Iterator[Step]:
        """What to do at this event, so that the incident is in that state after it."""
        steps = list(self._steps(event, wanted))
        if not steps and self._before and self._state is not State.CLOSED:
            what = ", ".join(event.changed) or "nothing that the log shows"
            steps = [_act(Action.COMMENT, Comment(by=self._who(event), text=f"changed: {what}"))]
        if wanted is State.RESOLVED and self._state is not State.RESOLVED:
            self._resolved_at = event.at
        self._state, self._before = wanted, event
        yield from steps

    def _steps(self, event: LoggedEvent, wanted: State) -> Iterator[Step]:
        before, state = self._before, self._state
        opens = before is None or (state is State.CLOSED and wanted is not State.CLOSED)
        if before is None or opens:
            yield Open(self._report(event))
            state = State.NEW
        elif event.impact and event.urgency and _levels(event) != _levels(before):
            impact, urgency = event.impact, event.urgency
            change = Reprioritise(by=self._who(event), impact=impact, urgency=urgency)
            yield _act(Action.REPRIORITISE, change)
        if state is State.RESOLVED and wanted not in (State.RESOLVED, State.CLOSED):
            yield self._verify(event, Verdict.UNRESOLVED)
            state = State.NEW
        if state not in (State.RESOLVED, State.CLOSED):
            moved = before and not opens and _assignment(event) != _assignment(before)
            # There is no other way to take an acknowledgement back.
            if moved or (wanted is State.NEW and state is not State.NEW):
                yield _act(Action.REASSIGN, self._reassign(event))
                state = State.NEW
        yield from self._to(wanted, state, event)

    def _to(self, wanted: State, state: State | None, event: LoggedEvent) -> Iterator[Step]:
        """From the people's turn, or a resolution, to what the log says."""
        who = self._who(event)
        if wanted is state:
            return
        if wanted is State.CLOSED:
            yield self._close(event, state)
        elif wanted is State.RESOLVED:
            words = f"{who} has it as resolved in the log"
            yield _act(Action.RESOLVE, Resolve(by=who, summary=words))
        elif wanted is not State.NEW:
            if state is State.NEW:
                yield _act(Action.ACKNOWLEDGE, Acknowledge(by=who))
            elif state in HOLD_REASONS:
                yield _act(Action.RESUME, Resume(by=who))
            if wanted in HOLD_REASONS:
                yield _act(Action.HOLD, Hold(by=who, reason=HOLD_REASONS[wanted]))

    def _close(self, event: LoggedEvent, state: State | None) -> Step:
        if state is not State.RESOLVED:
            reason = "closed in the log without a resolution"
            return _act(Action.WITHDRAW, Withdraw(by=self._who(event), reason=reason))
        due = self._resolved_at + AUTO_CLOSE
        if self._by_itself and event.at >= due:
            return Wait(until=max(event.at, due + _MARGIN))
        return self._verify(event, Verdict.RESOLVED)

    def _report(self, event: LoggedEvent) -> Report:
        levels = {"impact": event.impact, "urgency": event.urgency}
        return Report(
            title=self._incident.title,
            service=team_of(event.group),
            reporter=_caller(event),
            channel=Channel.PHONE,
            labels={name: level.value for name, level in levels.items() if level},
            dedup_key=self._incident.number,
        )

    def _reassign(self, event: LoggedEvent) -> Reassign:
        to = person_of(event.assigned_to) if event.assigned_to else ""
        return Reassign(by=self._who(event), team=team_of(event.group), to=to)

    def _verify(self, event: LoggedEvent, verdict: Verdict) -> Step:
        return _act(Action.VERIFY, Verify(by=_caller(event), verdict=verdict))

    def _who(self, event: LoggedEvent) -> str:
        if event.assigned_to:
            return person_of(event.assigned_to)
        return desk_of(team_of(event.group))


def _act(action: Action, payload: InboundMessage) -> Act:
    return Act(action, payload)


def _levels(event: LoggedEvent) -> tuple[object, object]:
    return event.impact, event.urgency


def _assignment(event: LoggedEvent) -> tuple[str, str]:
    return event.group, event.assigned_to


def _caller(event: LoggedEvent) -> str:
    return person_of(event.caller) if event.caller else "unnamed-caller"
