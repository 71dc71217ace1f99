"""The incident as people see it, and what it waits for: derived from the state."""

from datetime import datetime
from typing import NamedTuple

from standfast.incidents.flowchart import REOPENING, Box, edges_walked
from standfast.incidents.record import IncidentView, NextPage, WaitingFor
from standfast.time.clocks import HoldReason
from workflows.activity_options import LONGEST_DECISION
from workflows.clock import ClockName
from workflows.state import State


class Step(NamedTuple):
    """What the workflow itself is doing when nobody else is waited for."""

    what: str
    until: datetime


def taken_up(began: datetime) -> Step:
    """The first step of a run that began then: nobody has decided anything yet."""
    return Step(what="a worker takes it up", until=began + LONGEST_DECISION)


_HOLD_WAITS_FOR = {
    HoldReason.USER: "the reporter",
    HoldReason.VENDOR: "the vendor",
    HoldReason.PROBLEM: "problem management",
    HoldReason.EVIDENCE: "whoever has the evidence",
    HoldReason.CHANGE: "change management",
}


def waiting_for(state: State, step: Step) -> tuple[WaitingFor, ...]:
    """The next events of an open incident, never none (design rule 3)."""
    timers = [
        WaitingFor(kind="timer", what=clock.then, until=due) for due, clock in state.running()
    ]
    waits = _people(state) + timers
    if not waits:
        waits = [WaitingFor(kind="timer", what=step.what, until=step.until)]
    return tuple(waits)


def next_pages(state: State) -> tuple[NextPage, ...]:
    """Who will be paged next, as things stand now, if nobody acts until then; soonest first."""
    assignment = state.assignment
    if state.stage is not Box.RESOLVE or assignment is None or state.resolution:
        return ()
    above = assignment.next_tier
    higher = f"{above.whom} ({above.name})" if above else "everybody of the top tier"
    step = state.paged if state.next_page else state.assignee
    whom_and_why = {
        ClockName.QUIET: (step, "it is not quiet any more"),
        ClockName.PAGE: (step, "nobody has acknowledged it"),
        ClockName.ACKNOWLEDGE: (higher, "nobody has acknowledged it in time: escalation"),
        ClockName.IDLE: (assignment.contacts[0], f"nothing was heard from {state.acknowledged_by}"),
        ClockName.RESOLVE: (higher, "it is not resolved in time: escalation"),
    }
    return tuple(
        NextPage(at=due, whom=whom_and_why[clock.name][0], why=whom_and_why[clock.name][1])
        for due, clock in state.running()
        if clock.name in whom_and_why
    )


def _people(state: State) -> list[WaitingFor]:
    approval = state.approval
    if state.stage is Box.AUTOMATED_RESOLUTION and approval and approval.waits:
        what = f"approve or deny the runbook {approval.runbook}"
        return [WaitingFor(kind="person", what=what, who=", ".join(approval.approvers))]
    if state.stage is Box.ISSUE_RESOLVED and "confirm" in state.clocks:
        return [
            WaitingFor(kind="person", what="confirm that it is resolved", who=state.report.reporter)
        ]
    if state.stage is not Box.RESOLVE or state.assignment is None or state.resolution:
        return []
    if state.hold:
        return [
            WaitingFor(
                kind="person",
                what=f"on hold for {state.hold.reason}, by {state.hold.by}",
                who=_HOLD_WAITS_FOR[state.hold.reason],
            )
        ]
    if state.acknowledged_by:
        return [WaitingFor(kind="person", what="resolve it", who=state.acknowledged_by)]
    if ClockName.QUIET in state.clocks:
        return []
    return [WaitingFor(kind="person", what="acknowledge it", who=state.assignee)]


def view_of(state: State, step: Step) -> IncidentView:
    """Everything that `show` prints of an episode."""
    triage, classification, assignment = state.triage, state.classification, state.assignment
    return IncidentView(
        incident_id=state.incident_id,
        episode=state.episode,
        title=state.report.title,
        status="closed" if state.closed_at else "open",
        stage=state.stage,
        path=tuple(state.path),
        priority=state.priority,
        impact=state.impact,
        urgency=state.urgency,
        scope=triage.scope if triage else None,
        category=classification.category if classification else None,
        subcategory=classification.subcategory if classification else None,
        confidence=classification.confidence if classification else None,
        high_impact=state.answer(Box.HIGH_IMPACT),
        critical=state.answer(Box.CRITICAL),
        team=assignment.team if assignment else classification.team if classification else None,
        tier=assignment.tier if assignment else None,
        assignee=state.assignee or None,
        acknowledged_by=state.acknowledged_by or None,
        on_hold=state.hold.reason if state.hold else None,
        quiet_until=quiet.due if (quiet := state.clocks.get(ClockName.QUIET)) else None,
        commander=state.commander or None,
        breaches=tuple(state.breaches),
        reopened=sum(edge in REOPENING for edge in edges_walked(state.path)),
        related=tuple(state.related),
        merged_into=state.merged_into or None,
        next_pages=() if state.closed_at else next_pages(state),
        occurrences=state.occurrences,
        reporters=tuple(state.reporters),
        recovered=tuple(state.recovered),
        absorbed=tuple(state.absorbed),
        decisions=tuple(state.decisions),
        waiting_for=() if state.closed_at else waiting_for(state, step),
        evidence=tuple(state.evidence),
        likely_path=triage.likely_path if triage else None,
        similar=triage.similar if triage else (),
        open_actions=triage.open_actions if triage else None,
        approval=state.approval,
        remediation=state.remediation,
        resolution=state.resolution,
        outcome=state.outcome,
        opened_at=state.opened_at,
        closed_at=state.closed_at,
        report=state.report_now,
        latest=state.newest or state.latest,
        labels=state.labels_now,
        members=tuple(state.members.by_key.values()),
        ledger=tuple(state.ledger.lines),
        worse=state.worse,
        pinned_by=state.ledger.pinned_by or None,
        timeline=tuple(state.timeline),
        timeline_archived=state.timeline_archived,
        confidential=state.confidential,
    )
