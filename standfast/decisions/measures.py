"""Measures an episode that has closed, from its record alone."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from standfast.incidents.flowchart import Box
from standfast.incidents.measures import Automated, Held, Measures, Missed, PageSent, Times
from standfast.incidents.record import IncidentView, Outcome, TimelineEntry
from standfast.incidents.reporters_part import TO_REPORTER
from standfast.incidents.resolution import RemediationOutcome, RemediationResult, Verdict
from standfast.incidents.same_person import known_as
from standfast.time.working_time import Hours, elapsed

_DONE_ABOUT_IT = frozenset(
    {
        "acknowledged",
        "approved",
        TO_REPORTER,
        "commander",
        "declined",
        "delegated",
        "denied",
        "escalation_asked",
        "held",
        "merged",
        "page_asked",
        "reassigned",
        "reprioritised",
    }
)
"""Events by which a responder does something about an incident, whoever it is."""

_ENDS_HOLDING = frozenset(
    {str(Box.ASSIGN), str(Box.ESCALATE), "reassigned", "resolved", "unacknowledged"}
    | {"merged", "withdrawn"}
)
"""Events after which nobody has it, until it is acknowledged again."""


def measured(
    view: IncidentView, timeline: Sequence[TimelineEntry], hours: Hours | None
) -> Measures:
    """The measures of a closed episode.

    timeline: the whole of it, in order, with what `view` has no room for. hours: its team's working
    hours, None for all time.

    Raises:
        ValueError: it has not closed.
    """
    if view.closed_at is None:
        raise ValueError(f"{view.incident_id} has not closed, so it cannot be measured")
    moments = _moments(view, timeline)
    closed = view.closed_at

    def times(hours: Hours | None) -> Times:
        def until(moment: datetime) -> float:
            return elapsed(hours, view.opened_at, moment).total_seconds()

        return Times(
            to_close=until(closed),
            **{name: until(moment) for name, moment in moments.items() if moment is not None},
        )

    remediation = view.remediation
    return Measures(
        calendar=times(None),
        working=times(hours),
        held_by=_held_by(timeline, closed),
        hand_offs=_hand_offs(timeline),
        escalations=view.path.count(Box.ESCALATE),
        tier=view.tier,
        reopened=view.reopened,
        pages=tuple(_pages(timeline)),
        missed=tuple(Missed(target=each.target, tier=each.tier) for each in view.breaches),
        automation=_automation(view),
        runbook=remediation.runbook if remediation else "",
    )


def tells_enough(view: IncidentView, timeline: Sequence[TimelineEntry]) -> bool:
    """Whether a record, such as one of an earlier version, has all that is measured."""
    is_whole = len(timeline) == view.timeline_archived + len(view.timeline)
    says_who = all(
        entry.person if entry.event == "page_sent" else entry.actor
        for entry in timeline
        if entry.event in ("page_sent", "acknowledged")
    )
    return is_whole and says_who


def _moments(view: IncidentView, timeline: Sequence[TimelineEntry]) -> dict[str, datetime | None]:
    """When each of the `Times` ended, but for `to_close`."""
    counts = view.outcome not in (Outcome.WITHDRAWN, Outcome.MERGED)
    reporters = {view.report.reporter, *view.reporters}
    monitors = {entry.actor for entry in timeline if entry.event == "recovered"}

    def is_action(entry: TimelineEntry) -> bool:
        if entry.event == "comment":
            return not known_as(entry.actor, reporters)
        if entry.event == "resolved":
            return entry.actor not in monitors
        if entry.event == "runbook_started":
            return not _was_refused(view.remediation)  # then nothing ran
        return entry.event in _DONE_ABOUT_IT

    return {
        "to_page": _first(timeline, lambda each: each.event == "page_sent"),
        "to_acknowledge": _first(timeline, lambda each: each.event == "acknowledged"),
        "to_first_action": _first(timeline, is_action),
        "to_resolve": _resolved_at(view, timeline) if counts else None,
        "to_verify": _verified_at(view) if counts else None,
    }


def _first(
    timeline: Sequence[TimelineEntry], wanted: Callable[[TimelineEntry], bool]
) -> datetime | None:
    return next((entry.at for entry in timeline if wanted(entry)), None)


def _resolved_at(view: IncidentView, timeline: Sequence[TimelineEntry]) -> datetime | None:
    if view.outcome is Outcome.AUTOMATED:
        return _last_answer(view, Box.AUTOMATED_RESOLUTION, "yes")
    return _first(tuple(reversed(timeline)), lambda each: each.event == "resolved")


def _verified_at(view: IncidentView) -> datetime | None:
    # A runbook's own check is its verification.
    if view.outcome is Outcome.AUTOMATED:
        return _last_answer(view, Box.AUTOMATED_RESOLUTION, "yes")
    return _last_answer(view, Box.ISSUE_RESOLVED, Verdict.RESOLVED, Verdict.PARTIALLY_RESOLVED)


def _last_answer(view: IncidentView, box: Box, *answers: str) -> datetime | None:
    """When the box last gave one of these answers."""
    answered = (each for each in reversed(view.decisions) if each.box is box)
    return next((each.at for each in answered if each.answer in answers), None)


def _held_by(timeline: Sequence[TimelineEntry], closed: datetime) -> tuple[Held, ...]:
    held: dict[str, float] = {}
    owner, since = "", None
    for entry in timeline:
        takes_it = entry.event == "acknowledged"
        if since and (takes_it or entry.event in _ENDS_HOLDING):
            held[owner] = held.get(owner, 0.0) + (entry.at - since).total_seconds()
            owner, since = "", None
        if takes_it:
            owner, since = entry.actor, entry.at
    if since:
        held[owner] = held.get(owner, 0.0) + (closed - since).total_seconds()
    return tuple(Held(person=person, seconds=seconds) for person, seconds in held.items())


def _hand_offs(timeline: Sequence[TimelineEntry]) -> int:
    changes, had_it = 0, ""
    for entry in timeline:
        if entry.event == "reassigned":
            changes, had_it = changes + 1, ""
        elif entry.event == "acknowledged":
            changes += bool(had_it) and had_it != entry.actor
            had_it = entry.actor
    return changes


def _pages(timeline: Sequence[TimelineEntry]) -> Iterator[PageSent]:
    for entry in timeline:
        if entry.event == "page_sent" and entry.person:
            yield PageSent(person=entry.person, at=entry.at)


def _was_refused(remediation: RemediationResult | None) -> bool:
    return remediation is not None and remediation.outcome is RemediationOutcome.REFUSED


def _automation(view: IncidentView) -> Automated:
    remediation = view.remediation
    if remediation is None or _was_refused(remediation):
        return Automated.NOT_TRIED
    return Automated.WORKED if remediation.yes else Automated.FAILED
