"""What notifications say of an incident; `standfast.notification.wording` puts it into words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from standfast.incidents.assessment import Scope
from standfast.incidents.facts import known_fix
from standfast.incidents.member_names import listed
from standfast.incidents.message_content import MessageContent
from standfast.incidents.notification import HeldPage, Purpose
from standfast.incidents.record import IncidentView
from standfast.incidents.report import Report
from standfast.incidents.resolution import RemediationOutcome
from standfast.incidents.told_of_others import KNOWN_FIX, SIMILAR, STILL_OPEN

_SAYS_WORSE = (Purpose.PAGE, Purpose.WORSE)
_SAYS_LATEST = (Purpose.PAGE, Purpose.LOOK, Purpose.WARN, Purpose.APPROVE, Purpose.WORSE)
"""To responders: what one reporter wrote is not for another."""

_SAYS_RECOVERED = (*_SAYS_LATEST, Purpose.REMIND)

_SAYS_LITTLE = (Purpose.TELL, Purpose.CONFIRM, Purpose.TAKEN, Purpose.OVER)
"""News and questions: what is broken, and the news. The news of the end is one text for all."""

_AFFECTED = {
    Scope.USER: "one person",
    Scope.GROUP: "a group",
    Scope.DEPARTMENT: "a department",
    Scope.ORGANISATION: "the whole organisation",
}

_HOW_AUTOMATION_ENDED = {
    RemediationOutcome.SUCCEEDED: "Automation resolved it",
    RemediationOutcome.FAILED: "Automation did not resolve it",
    RemediationOutcome.REFUSED: "Automation was held back",
    RemediationOutcome.UNKNOWN: "It is unknown what automation did",
    RemediationOutcome.STOPPED: "Automation was stopped",
}

LINES_OF_DIGEST = 20
"""Incidents that a digest lists; of the others it gives the number."""

LONGEST_TITLE_IN_DIGEST = 80

NOTHING_MEANWHILE: Mapping[str, str] = MappingProxyType({})

NO_LINKS: Mapping[str, str] = MappingProxyType({})

_EXCERPT = 500


def content_of(
    purpose: Purpose,
    incident: IncidentView,
    why: str,
    *,
    users: int = 0,
    others: tuple[str, ...] = (),
    happened_at: datetime | None = None,
) -> MessageContent:
    """What a message of this purpose says of an incident.

    users: how many are affected, as far as is known. others, happened_at: as in `MessageContent`.
    """
    report, what = incident.report, _what(purpose, incident)
    worse = incident.worse if purpose in _SAYS_WORSE else None
    if worse and not why.startswith(str(worse)):
        why = f"{worse}. {why}"
    content = MessageContent(
        what=what,
        title=incident.title if worse and incident.title not in what else "",
        why=why,
        happened_at=happened_at,
        service=report.service or (incident.latest.service if incident.latest else ""),
        reporter=report.reporter,
    )
    if purpose in _SAYS_LITTLE:
        return content
    was = "" if worse is None else "worse" if worse.before == worse.now else f"was {worse.before}"
    return content.model_copy(
        update={
            "was": was,
            "affected": _affected(incident, users),
            "since": report.occurred_at or incident.opened_at,
            "others": others,
            "category": f"{incident.category or ''} {incident.subcategory or ''}".strip(),
            "evidence": _evidence(purpose, incident),
        }
    )


def _what(purpose: Purpose, incident: IncidentView) -> str:
    """What is broken, by who said it last; that it has recovered comes first."""
    over = incident.has_recovered and purpose in _SAYS_RECOVERED
    if incident.worse and purpose in _SAYS_WORSE:
        latest = incident.latest.title if incident.latest else incident.title
        said = incident.worse.title or latest
    else:
        said = _title(purpose, incident)
    return f"(recovered) {said}" if over else said


def _title(purpose: Purpose, incident: IncidentView) -> str:
    """Its title, which follows what its monitor says; for a group the names of those that fire."""
    if purpose not in _SAYS_RECOVERED:
        return incident.title
    if len(incident.members) > 1:
        if incident.firing:
            return listed(incident.firing, not_all=incident.not_all_named)
        if incident.has_recovered:
            return listed([member.name for member in incident.members])
    latest = incident.latest
    by_monitors = incident.report.by_monitor and latest and latest.by_monitor
    return latest.title if latest and (by_monitors or purpose is Purpose.WORSE) else incident.title


def _affected(incident: IncidentView, users: int) -> str:
    """Whom it hurts: how many, where somebody said so; else how wide it goes."""
    users = max(users, incident.report.users_affected)
    if users > 1:
        return f"{users:,} people"
    if incident.scope is None or (incident.scope is Scope.USER and incident.report.by_monitor):
        return ""
    return _AFFECTED[incident.scope]


def _evidence(purpose: Purpose, incident: IncidentView) -> tuple[str, ...]:
    """What is known beside the first words, in paragraphs: an empty line is between two."""
    paragraphs: list[list[str]] = []
    if purpose in _SAYS_RECOVERED and incident.recovered:
        paragraphs.append([f"{_listed(incident.recovered)} says that it has recovered."])
    if purpose in (Purpose.PAGE, Purpose.LOOK):
        paragraphs.append([*automation(incident)])
    if purpose in (Purpose.PAGE, Purpose.APPROVE):
        hurts = incident.report.impact_statement
        paragraphs.append([_short(f"Impact: {hurts}")] if hurts else [])
        paragraphs.append([_short(incident.report.description)])
    if purpose in _SAYS_LATEST and len(incident.members) > 1:
        paragraphs.append([*_members(incident)])
    if purpose is Purpose.PAGE and incident.open_actions:
        paragraphs.append([_short(f"{STILL_OPEN}{each}") for each in incident.open_actions])
    if purpose is Purpose.PAGE and incident.similar:
        past = incident.similar[0]
        said = f"{SIMILAR}{past.incident_id} {past.title}: {past.resolution}"
        fix = known_fix(incident.similar)
        paragraphs.append([_short(said), *([_short(f"{KNOWN_FIX}{fix.words}")] if fix else [])])
    if purpose in _SAYS_LATEST and incident.latest:
        paragraphs.append([*_latest(incident.latest)])
    lines: list[str] = []
    for paragraph in paragraphs:
        if any(paragraph):
            lines += ["", *paragraph] if lines else paragraph
    return tuple(lines)


def _members(incident: IncidentView) -> Iterator[str]:
    """The alerts of a group: those that fire, then those that have recovered."""
    for fires, said in ((True, "Alerts in it"), (False, "Recovered")):
        names = [f"- {member.name}" for member in incident.members if member.fires is fires]
        if names:
            yield f"{said}:"
            yield from _first_lines(names, not_all=fires and incident.not_all_named)


def _latest(report: Report) -> Iterator[str]:
    """The latest report, like the first one."""
    by = f", by {report.reporter}" if report.reporter else ""
    yield f"Latest report{by}: {report.title}"
    if report.description:
        yield _short(report.description)


def automation(incident: IncidentView) -> Iterator[str]:
    """What automation has done, or why not; nothing where no runbook fits."""
    approval, remediation = incident.approval, incident.remediation
    if approval and not approval.yes and approval.outcome:
        yield _short(f"Automation did nothing: {approval.outcome}")
    if remediation is None or remediation.yes:
        return
    how = _HOW_AUTOMATION_ENDED[remediation.outcome]
    yield _short(f"{how} ({remediation.runbook}): {'; '.join(remediation.reasons)}")
    yield from (_short(f"Please check: {left}") for left in remediation.left)


def digest_content(
    team: str,
    pages: Sequence[HeldPage],
    meanwhile: Mapping[str, str] = NOTHING_MEANWHILE,
    links: Mapping[str, str] = NO_LINKS,
) -> MessageContent:
    """What a digest says of the pages of a team, given the most urgent first.

    Its lines are the incidents that stand, then those that do not stand any more, with the reason.

    meanwhile: what has happened to an incident since its page was held, by its id.
    links: where whoever gets it answers each of the pages, by the incident's id.
    """
    first: dict[str, HeldPage] = {}
    for page in pages:
        first.setdefault(page.incident_id, page)
    standing = [page for page in first.values() if page.incident_id not in meanwhile]
    over = [page for page in first.values() if page.incident_id in meanwhile]
    counted = standing or over
    number = "1 incident" if len(counted) == 1 else f"{len(counted)} incidents"
    most, least = counted[0].priority, counted[-1].priority
    urgency = "" if most == least else f", {most} to {least}"
    stands = ", none stands any more"
    if standing:
        stands = f". First: {_short(standing[0].title, LONGEST_TITLE_IN_DIGEST)}"
    answered = [
        f"{_in_digest(page)} {links.get(page.incident_id, '')}".rstrip() for page in standing
    ]
    lines = [*_first_lines(answered)]
    if over:
        ended = [f"{_in_digest(page)}: {meanwhile[page.incident_id]}" for page in over]
        lines += [*([""] if lines else []), "Since these were held:", *_first_lines(ended)]
    return MessageContent(
        what=f"{team}: {number}{urgency}{stands}",
        why="There are many pages now, so these come together.",
        evidence=tuple(lines),
    )


def since_held(incident: IncidentView) -> str:
    """Why a page that was held need not be acted on any more; empty where it must be."""
    if incident.resolution:
        return f"{incident.resolution.by} has resolved it"
    if incident.acknowledged_by:
        return f"{incident.acknowledged_by} has acknowledged it"
    return "recovered" if incident.has_recovered else ""


def through(channel: str, problems: Iterable[str] = ()) -> str:
    """How a message was sent, for the timeline; `problems` are of the channels that failed before.

    channel: its name, with whatever else is to be known of it.
    """
    before = "; ".join(problems)
    return f"through {channel}; before that {before}" if before else f"through {channel}"


def _first_lines(lines: Sequence[str], *, not_all: bool = False) -> Iterator[str]:
    yield from lines[:LINES_OF_DIGEST]
    if len(lines) > LINES_OF_DIGEST:
        yield f"and {'at least ' if not_all else ''}{len(lines) - LINES_OF_DIGEST} more"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _in_digest(page: HeldPage) -> str:
    title = _short(page.title, LONGEST_TITLE_IN_DIGEST)
    return f"{page.incident_id} {page.priority} {title}"


def _short(line: str, most: int = _EXCERPT) -> str:
    return line if len(line) <= most else f"{line[:most]}…"
