"""The draft of a review, from the record of the incident alone: people write on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from standfast.incidents.record import IncidentView, TimelineEntry
from standfast.messages.markdown import prose
from standfast.messages.message import short, words_of
from standfast.policy.reviews import DETECTION, IMPACT, RESPONSE, WHAT_HAPPENED

MOST_LINES = 200
"""Of the response; the incident's own page has the others."""

_LONGEST_LINE = 300


def drafted(
    view: IncidentView, timeline: Sequence[TimelineEntry], sections: Sequence[str]
) -> dict[str, str]:
    """What can be said of these sections, by key, in Markdown; those without a draft are left out.

    timeline: the whole of it, in order.
    """
    made = {
        section: "\n".join(_DRAFTS[section](view, timeline))
        for section in sections
        if section in _DRAFTS
    }
    return {section: text for section, text in made.items() if text}


def _what_happened(view: IncidentView, _: Sequence[TimelineEntry]) -> Iterator[str]:
    report, solved = view.report, view.resolution
    service = f" ({prose(report.service)})" if report.service else ""
    yield f"{prose(view.title)}{service}."
    if report.description:
        yield f"\nReport: {prose(report.description)}"
    if view.category:
        yield f"\nCategory: {view.category} {view.subcategory or ''}".rstrip()
    if solved and solved.root_cause:
        yield f"\nRoot cause: {prose(solved.root_cause)}"
    if solved:
        kind = "Workaround" if solved.workaround else "Resolved"
        yield f"\n{kind} by {prose(solved.by)}: {prose(solved.summary)}\n"
        yield from (f"- {prose(step)}" for step in solved.steps)
    if view.remediation:
        yield f"\nRunbook {prose(view.remediation.runbook)}: {view.remediation.outcome}\n"
        yield from (f"- to check: {prose(left)}" for left in view.remediation.left)


def _impact(view: IncidentView, _: Sequence[TimelineEntry]) -> Iterator[str]:
    report = view.report
    users = max(each.users_affected for each in (report, view.latest) if each)
    yield f"Priority {view.priority or 'not judged'}; {users:,} affected, as far as was reported."
    if report.impact_statement:
        yield f"\n{prose(report.impact_statement)}"
    if view.closed_at:
        yield f"\nOpen for {words_of(view.closed_at - view.opened_at)}.\n"
    yield from (
        f"- {prose(line.what)}: {prose(line.raised)}" for line in view.ledger if line.raised
    )
    for breach in view.breaches:
        target = f"{breach.target} target of {words_of(breach.within)}"
        yield f"- missed the {target} in tier {breach.tier}"
    if view.reopened:
        yield f"- resolved, and not so after all: {view.reopened} times"


def _detection(view: IncidentView, _: Sequence[TimelineEntry]) -> Iterator[str]:
    report = view.report
    who = "A monitor" if report.by_monitor else "A person"
    yield f"{who} reported it ({prose(report.reporter or 'nobody named')}, by {report.channel})."
    if report.occurred_at and report.occurred_at < view.opened_at:
        late = words_of(view.opened_at - report.occurred_at)
        yield f"It began {late} before, at {short(report.occurred_at)}."
    if view.occurrences > 1:
        yield f"It was reported {view.occurrences} times."


def _response(view: IncidentView, timeline: Sequence[TimelineEntry]) -> Iterator[str]:
    yield f"Times in UTC, and since it was reported at {short(view.opened_at)}."
    yield ""
    for entry in timeline[:MOST_LINES]:
        said = " ".join(filter(None, (entry.person, entry.detail)))
        line = f"- {_moment(entry.at, view.opened_at)} {entry.event} by {entry.who}"
        line += f": {said}" if said else ""
        line = " ".join(line.split())
        cut = line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"
        yield f"- {prose(cut.removeprefix('- '))}"
    if len(timeline) > MOST_LINES:
        yield f"- and {len(timeline) - MOST_LINES} more events"


def _moment(at: datetime, since: datetime) -> str:
    """`10:45:03 +2:05`: the time, and hours and minutes since the report."""
    minutes = max(at - since, timedelta()) // timedelta(minutes=1)
    return f"{at:%H:%M:%S} +{minutes // 60}:{minutes % 60:02}"


_Draft = Callable[[IncidentView, Sequence[TimelineEntry]], Iterator[str]]

_DRAFTS: Mapping[str, _Draft] = MappingProxyType(
    {
        WHAT_HAPPENED: _what_happened,
        IMPACT: _impact,
        DETECTION: _detection,
        RESPONSE: _response,
    }
)
"""By the key of the section. A further one goes here."""
