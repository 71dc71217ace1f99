"""An incident as text for the terminal: `show` prints all of it, `watch` a part."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from standfast.incidents.addition import Addition, in_words
from standfast.incidents.attachment import attachments_in
from standfast.incidents.facts import (
    alerts,
    approval,
    category,
    confidential,
    corrected_fields,
    how_it_ended,
    missed,
    raised,
    reporters,
    texts_of,
)
from standfast.incidents.impact_ledger import LedgerLine, StatementKind
from standfast.incidents.problem import ProblemStanding
from standfast.incidents.record import IncidentView, TimelineEntry, WaitingFor
from standfast.incidents.relations import Related
from standfast.incidents.report import Report
from standfast.incidents.resolution import RemediationResult
from standfast.messages.clean_text import one_line
from standfast.messages.message import words_of
from standfast.terminal.output import local_time, plain_text
from standfast.terminal.rows import Column, Narrowed, OneLine, Rows

LAST_EVENTS = 20

_WRAPPED = Column(narrowed=Narrowed.WRAPPED)


def page(
    incident: IncidentView, problem: ProblemStanding | None = None, *, whole_timeline: bool
) -> Iterator[RenderableType]:
    """The whole incident, with the last events a line each, or with all of them in full."""
    yield headline(incident)
    yield ""
    yield facts(incident)
    if problem:
        yield from _part("Problem", Group(*map(plain_text, problem_lines(problem))))
    if incident.waiting_for:
        yield from _part("Waits for", _waits(incident.waiting_for))
    for name, text in texts_of(incident.report):
        yield from _part(name, plain_text(text))
    if incident.labels:
        yield from _part("Labels", _labels(incident.labels))
    if incident.latest:
        yield from _part("Latest report", _latest(incident.latest))
    if len(incident.ledger) > 1:
        yield from _part("Statements about its impact", _ledger(incident.ledger))
    if incident.decisions:
        yield from _part("Decisions", _decisions(incident))
    if incident.remediation:
        yield from _part("Automated resolution", _remediation(incident.remediation))
    if incident.evidence:
        yield from _part("Evidence", _evidence(incident))
    if incident.resolution:
        yield from _part("Resolution", _resolution(incident))
    if named := attachments_in(incident):
        yield from _part("Attachments", Group(*(plain_text(each.name) for each in named)))
    if added := incident.additions if whole_timeline else incident.additions[-LAST_EVENTS:]:
        earlier = _earlier(len(incident.additions) - len(added))
        yield from _part(f"Added after it closed{earlier}", _added(incident, added))
    if incident.similar:
        yield from _part("Similar before", _similar(incident))
    if whole_timeline:
        yield from _part("Timeline", _timeline(incident.timeline))
        return
    entries = incident.timeline[-LAST_EVENTS:]
    earlier = _earlier(incident.timeline_archived + len(incident.timeline) - len(entries))
    yield from _part(
        f"Timeline{earlier}", Group(*(OneLine(event_line(entry)) for entry in entries))
    )


def problem_lines(problem: ProblemStanding) -> Iterator[str]:
    """How it stands in its problem, and how to see that."""
    yield from problem.sentences
    yield f"All of it: standfast problem show {problem.problem_id}"


def headline(incident: IncidentView) -> Text:
    """One line: id, priority, stage and title."""
    line = Text(incident.incident_id, style="bold")
    if incident.episode > 1:
        line.append(f" episode {incident.episode}")
    if incident.priority:
        line.append(
            f"  {incident.priority}", style="bold red" if incident.priority.number < 3 else ""
        )
    standing = f"in {incident.stage}" if incident.status == "open" else _how_it_ended(incident)
    line.append(f"  {incident.status}, {standing}  ")
    line.append_text(plain_text(incident.title, style="bold"))
    return line


def facts(incident: IncidentView) -> Rows:
    """The facts of an incident, as pairs of name and value."""
    report = incident.report
    team = incident.team and f"{incident.team}, tier {incident.tier or '–'}"
    known = {
        "Path": " → ".join(incident.path),
        "Reported": f"{local_time(incident.opened_at)} by {report.channel}, {reporters(incident)}",
        "Occurrences": str(incident.occurrences) if incident.occurrences > 1 else None,
        "Alerts": alerts(incident),
        "Recovered": incident.recovered and f"by the word of {', '.join(incident.recovered)}",
        "Service": report.service,
        "Users affected": str(report.users_affected) if report.users_affected != 1 else None,
        "It began": report.occurred_at and local_time(report.occurred_at),
        "Deduplication key": report.dedup_key,
        "Assessed": incident.impact
        and f"impact {incident.impact}, urgency {incident.urgency}, scope {incident.scope}",
        "Worse": incident.worse.words if incident.worse else None,
        "Pinned": incident.pinned_by and f"by {incident.pinned_by}: nothing raises it by itself",
        "Category": category(incident),
        "Likely path": incident.likely_path,
        "High impact": _yes_or_no(incident.high_impact),
        "Critical": _yes_or_no(incident.critical),
        "Approval": approval(incident),
        "Team": team,
        "Assignee": incident.assignee,
        "Acknowledged": incident.acknowledged_by and f"by {incident.acknowledged_by}",
        "On hold": incident.on_hold and f"for {incident.on_hold}",
        "Quiet": incident.quiet_until and f"until {local_time(incident.quiet_until)}",
        "Commander": incident.commander,
        "Confidential": confidential(incident),
        "Missed": ", ".join(missed(breach) for breach in incident.breaches),
        "Reopened": str(incident.reopened) if incident.reopened else None,
        "Related": ", ".join(f"{other.incident_id} ({_how(other)})" for other in incident.related),
        "Merged": incident.merged_into and f"into {incident.merged_into}",
        "Merged into it": ", ".join(incident.absorbed),
        "Closed": local_time(incident.closed_at) if incident.closed_at else None,
        "Corrected": corrected_fields(incident),
    }
    rows = _pairs()
    for name, fact in known.items():
        if fact:
            rows.add(Text(name, style="bold"), plain_text(fact))
    return rows


def next_events(waiting_for: Iterable[WaitingFor], now: datetime) -> Iterator[tuple[str, str, str]]:
    """What an open incident waits for: whom or how long, what happens then, and at which time."""
    for wait in waiting_for:
        if wait.until is None:
            yield wait.who or "somebody", wait.what, ""
        else:
            left = wait.until - now
            when = f"in {words_of(left)}" if left.total_seconds() >= 1 else "now"
            yield when, wait.what, local_time(wait.until)


def event_line(entry: TimelineEntry) -> Text:
    """One event on one line."""
    return Text(f"{local_time(entry.at)[:19]}  ").append_text(plain_text(one_line(_told(entry))))


def _timeline(entries: Iterable[TimelineEntry]) -> Rows:
    rows = _pairs()
    for entry in entries:
        why = f"\n{entry.why}" if entry.why else ""
        rows.add(local_time(entry.at)[:19], plain_text(f"{_told(entry)}{why}"))
    return rows


def _told(entry: TimelineEntry) -> str:
    where = "" if entry.event == entry.box else f"{entry.box}: "
    said = " ".join(part for part in (entry.person, entry.detail) if part)
    return f"{where}{entry.event}, {entry.who}{': ' if said else ''}{said}"


def _part(name: str, content: RenderableType) -> Iterator[RenderableType]:
    yield ""
    yield Text(name, style="bold cyan")
    yield Padding(content, (0, 0, 0, 2), expand=False)


def _pairs() -> Rows:
    return Rows(Column(), _WRAPPED)


def _waits(waiting_for: Iterable[WaitingFor]) -> Rows:
    rows = Rows(Column(), _WRAPPED, Column(narrowed=Narrowed.WRAPPED, style="dim"))
    for who_or_when, what, at in next_events(waiting_for, datetime.now(UTC)):
        rows.add(plain_text(who_or_when, style="bold"), plain_text(what), at)
    return rows


def _how_it_ended(incident: IncidentView) -> str:
    return str(incident.outcome) if incident.outcome else "without an outcome"


def _how(other: Related) -> str:
    return other.relation.replace("_", " ")


def _yes_or_no(answer: bool | None) -> str | None:
    return None if answer is None else "yes" if answer else "no"


def _decisions(incident: IncidentView) -> Group:
    lines: list[RenderableType] = []
    for decision in incident.decisions:
        answer = Text(f"{decision.box}: ").append_text(plain_text(decision.answer, style="bold"))
        lines.append(answer.append_text(plain_text(f" (policy {decision.policy_version})", "dim")))
        lines += [
            Padding(plain_text(f"- {reason}"), (0, 0, 0, 2), expand=False)
            for reason in decision.reasons
        ]
    return Group(*lines)


def _labels(labels: Mapping[str, str]) -> Rows:
    rows = _pairs()
    for name, value in labels.items():
        rows.add(plain_text(name), plain_text(value))
    return rows


def _latest(report: Report) -> Text:
    by = f" ({report.reporter})" if report.reporter else ""
    said = (f"{report.title}{by}", *(text for _, text in texts_of(report)))
    return plain_text("\n\n".join(said))


def _ledger(lines: Iterable[LedgerLine]) -> Rows:
    rows = Rows(Column(), _WRAPPED, _WRAPPED, _WRAPPED)
    for line in lines:
        who = plain_text(f"{line.who}{_kind(line)}")
        rows.add(
            local_time(line.at)[:19], who, plain_text(line.what), plain_text(raised(line), "bold")
        )
    return rows


def _kind(line: LedgerLine) -> str:
    return "" if line.kind is StatementKind.REPORT else f" ({line.kind})"


def _remediation(remediation: RemediationResult) -> Rows:
    rows = _pairs()
    rows.add(plain_text(remediation.runbook, style="bold"), plain_text(how_it_ended(remediation)))
    for reason in remediation.reasons:
        rows.add("", plain_text(reason))
    for what in remediation.left:
        rows.add("Please check", plain_text(what))
    for step in remediation.steps:
        rows.add(plain_text(step.what), plain_text(step.outcome))
    return rows


def _evidence(incident: IncidentView) -> Rows:
    rows = Rows(Column(), _WRAPPED, _WRAPPED)
    for piece in incident.evidence:
        says = piece.says or "inconclusive"
        where = plain_text(f"{piece.kind}, {piece.source}")
        rows.add(where, plain_text(says, style="bold"), plain_text(piece.detail))
    return rows


def _resolution(incident: IncidentView) -> Rows:
    rows = _pairs()
    resolution = incident.resolution
    if resolution is None:
        return rows
    what = "Workaround" if resolution.workaround else "Summary"
    rows.add(what, plain_text(f"{resolution.summary} ({resolution.by})"))
    for step in resolution.steps:
        rows.add("Done", plain_text(step))
    if resolution.root_cause:
        rows.add("Root cause", plain_text(resolution.root_cause))
    return rows


def _earlier(left_out: int) -> str:
    return f" ({left_out} earlier events with --timeline)" if left_out else ""


def _added(incident: IncidentView, added: Iterable[Addition]) -> Rows:
    rows = _pairs()
    if incident.tags:
        rows.add("Tags", plain_text(", ".join(incident.tags)))
    for each in added:
        entered = f" (entered by {each.entered_by})" if each.entered_by else ""
        who = plain_text(f"{local_time(each.at)[:19]}  {each.by}{entered}")
        rows.add(who, plain_text(in_words(each, incident)))
    return rows


def _similar(incident: IncidentView) -> Rows:
    rows = _pairs()
    for past in incident.similar:
        solved = f": {past.resolution}" if past.resolution else ""
        rows.add(past.incident_id, plain_text(f"{past.title}{solved}"))
        if past.fix:
            rows.add("", plain_text(past.fix.words))
    return rows
