"""The texts of notifications: short, with what to do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from standfast.incidents.confidentiality import TITLE
from standfast.incidents.member_names import listed
from standfast.incidents.notification import HeldPage, Purpose
from standfast.incidents.record import IncidentView
from standfast.incidents.report import Report
from standfast.incidents.resolution import RemediationOutcome

_ASKS = {
    Purpose.PAGE: "Please acknowledge:",
    Purpose.LOOK: "Please check:",
    Purpose.WARN: "Time is running out:",
    Purpose.APPROVE: "Approval needed:",
    Purpose.CONFIRM: "Is it resolved?",
    Purpose.REMIND: "Reminder:",
    Purpose.WORSE: "Worse:",
    Purpose.TELL: "For your information:",
}

_SAYS_WORSE = (Purpose.PAGE, Purpose.WORSE)
_SAYS_LATEST = (Purpose.PAGE, Purpose.LOOK, Purpose.WARN, Purpose.APPROVE, Purpose.WORSE)
"""To responders: what one reporter wrote is not for another."""

_SAYS_RECOVERED = (*_SAYS_LATEST, Purpose.REMIND)

_HOW_AUTOMATION_ENDED = {
    RemediationOutcome.SUCCEEDED: "Automation resolved it",
    RemediationOutcome.FAILED: "Automation did not resolve it",
    RemediationOutcome.REFUSED: "Automation was held back",
    RemediationOutcome.UNKNOWN: "It is unknown what automation did",
    RemediationOutcome.STOPPED: "Automation was stopped",
}

LONGEST_TITLE = 120
"""Characters of an incident's title in a subject: about what a phone shows of a message."""

LONGEST_TITLE_IN_DIGEST = 80

LINES_OF_DIGEST = 20
"""Incidents that a digest lists; of the others it gives the number."""

NOTHING_MEANWHILE: Mapping[str, str] = MappingProxyType({})

_EXCERPT = 500


def subject(purpose: Purpose, incident: IncidentView) -> str:
    """One line that is enough by itself: what to do, priority, title.

    For an incident that became worse: how much, and the title of its latest report.
    """
    number = f"({incident.incident_id})"
    over = "(recovered) " if incident.has_recovered and purpose in _SAYS_RECOVERED else ""
    if incident.worse and purpose in _SAYS_WORSE:
        latest = incident.latest.title if incident.latest else incident.title
        said = incident.worse.title or latest
        return f"Worse, {incident.worse.turned}: {over}{_short(said, LONGEST_TITLE)} {number}"
    urgency = f"{incident.priority} {over}" if incident.priority else over
    return f"{_ASKS[purpose]} {urgency}{_short(_title(purpose, incident), LONGEST_TITLE)} {number}"


def confidential_subject(purpose: Purpose, incident: IncidentView) -> str:
    """One line that tells nothing of a confidential incident: others may see the phone or chat."""
    urgency = f"{incident.priority} " if incident.priority else ""
    return f"{_ASKS[purpose]} {urgency}{TITLE.lower()}, sign in to see it ({incident.incident_id})"


def confidential_body() -> str:
    """The text to go with it."""
    return "It is confidential, so nothing of it is said here. Sign in to see it."


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


def body(purpose: Purpose, incident: IncidentView, why: str) -> str:
    """The reason for the message, the report in short, and the command that answers it."""
    report, number = incident.report, incident.incident_id
    lines = [why, ""]
    if incident.worse and purpose in _SAYS_WORSE and not why.startswith(str(incident.worse)):
        lines.insert(0, f"{incident.worse}.")
    if len(incident.title) > LONGEST_TITLE or (incident.worse and purpose in _SAYS_WORSE):
        lines += [incident.title, ""]
    if purpose in _SAYS_RECOVERED and incident.recovered:
        lines += [f"{_listed(incident.recovered)} says that it has recovered.", ""]
    if purpose in (Purpose.PAGE, Purpose.LOOK):
        lines += automation(incident)
    if service := report.service or (incident.latest.service if incident.latest else ""):
        lines.append(f"Service: {service}")
    if report.reporter:
        lines.append(f"Reported by: {report.reporter}")
    if incident.category and purpose is not Purpose.TELL:  # the news is one text for all
        lines.append(f"Category: {incident.category} {incident.subcategory or ''}".rstrip())
    if purpose in (Purpose.PAGE, Purpose.APPROVE) and report.description:
        lines += ["", _short(report.description)]
    if purpose in _SAYS_LATEST and len(incident.members) > 1:
        lines += ["", *_members(incident)]
    if purpose is Purpose.PAGE and incident.similar:
        past = incident.similar[0]
        lines += ["", f"Similar: {past.incident_id} {past.title}: {past.resolution}"[:_EXCERPT]]
    if purpose in _SAYS_LATEST and incident.latest:
        lines += ["", *_latest(incident.latest)]
    answer = {
        Purpose.PAGE: f"standfast acknowledge {number} --by YOU",
        Purpose.WORSE: f"standfast show {number}",
        Purpose.WARN: f"standfast resolve {number} --by YOU --summary WHAT-YOU-DID",
        Purpose.APPROVE: f"standfast approve {number} --by YOU   (or: deny, delegate)",
        Purpose.CONFIRM: _verify_command(number),
    }.get(purpose)
    if answer:
        lines += ["", answer]
    return "\n".join(lines)


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


def with_reporter_links(asked: str, incident_id: str, fixed: str, not_fixed: str) -> str:
    """The text of a question to a reporter, with links instead of the command."""
    words = asked.removesuffix(_verify_command(incident_id))
    return f"{words.rstrip()}\n\nFixed: {fixed}\n\nNot fixed: {not_fixed}"


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


def digest_subject(
    team: str, pages: Sequence[HeldPage], meanwhile: Mapping[str, str] = NOTHING_MEANWHILE
) -> str:
    """One line for the pages of a team, given the most urgent first: incidents and priorities.

    meanwhile: what has happened to an incident since its page was held, by its id.
    """
    standing = [page for page in pages if page.incident_id not in meanwhile]
    counted = standing or pages
    number = len({page.incident_id for page in counted})
    what = "1 incident" if number == 1 else f"{number} incidents"
    most, least = counted[0].priority, counted[-1].priority
    urgency = most if most == least else f"{most} to {least}"
    over = "" if standing else ", none stands any more"
    return f"{_ASKS[Purpose.PAGE]} {what} of {team}, {urgency}{over}"


def digest_body(
    team: str, pages: Sequence[HeldPage], meanwhile: Mapping[str, str] = NOTHING_MEANWHILE
) -> str:
    """A line for each incident that stands, the most urgent first, and what to do; then those that
    do not stand any more, with the reason. `meanwhile` is as for `digest_subject`.
    """
    first: dict[str, HeldPage] = {}
    for page in pages:
        first.setdefault(page.incident_id, page)
    standing = [_in_digest(page) for page in first.values() if page.incident_id not in meanwhile]
    over = [
        f"{_in_digest(page)}: {meanwhile[page.incident_id]}"
        for page in first.values()
        if page.incident_id in meanwhile
    ]
    lines = ["There are many pages now, so these come together.", ""]
    if standing:
        lines += [*_first_lines(standing), ""]
    if over:
        lines += ["Since these were held:", *_first_lines(over), ""]
    lines += ["standfast acknowledge INCIDENT --by YOU", f"standfast list --team {team}"]
    return "\n".join(lines)


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
    """The line of a held page, from the subject of the single page."""
    told = page.title.removeprefix(f"{_ASKS[Purpose.PAGE]} ")
    told = told.removesuffix(f" ({page.incident_id})")
    return f"{page.incident_id} {_short(told, LONGEST_TITLE_IN_DIGEST)}"


def _verify_command(incident_id: str) -> str:
    return f"standfast verify {incident_id} --by YOU --resolved   (or: --unresolved)"


def _short(line: str, most: int = _EXCERPT) -> str:
    return line if len(line) <= most else f"{line[:most]}…"
