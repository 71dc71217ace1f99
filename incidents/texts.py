"""What people read when they are paged, asked or told: short, and it says what to do."""

from collections.abc import Iterator

from incidents.notification import Purpose
from incidents.record import IncidentView
from incidents.resolution import RemediationOutcome

_ASKS = {
    Purpose.PAGE: "Please acknowledge:",
    Purpose.LOOK: "Please look:",
    Purpose.WARN: "Time runs out:",
    Purpose.APPROVE: "Approval needed:",
    Purpose.CONFIRM: "Is it resolved?",
    Purpose.REMIND: "Reminder:",
    Purpose.TELL: "For your information:",
}

_HOW_AUTOMATION_ENDED = {
    RemediationOutcome.SUCCEEDED: "Automation resolved it",
    RemediationOutcome.FAILED: "Automation did not resolve it",
    RemediationOutcome.REFUSED: "Automation was held back",
    RemediationOutcome.UNKNOWN: "What automation has done is unknown",
    RemediationOutcome.STOPPED: "Automation was stopped",
}

_EXCERPT = 500


def subject(purpose: Purpose, incident: IncidentView) -> str:
    """One line: what is asked, how urgent, of what."""
    urgency = f"{incident.priority} " if incident.priority else ""
    return f"{_ASKS[purpose]} {urgency}{incident.title} ({incident.incident_id})"


def body(purpose: Purpose, incident: IncidentView, why: str) -> str:
    """Why this message came, the report in short, and the command that answers it."""
    report, number = incident.report, incident.incident_id
    lines = [why, ""]
    if purpose in (Purpose.PAGE, Purpose.LOOK):
        lines += automation(incident)
    if report.service:
        lines.append(f"Service: {report.service}")
    if report.reporter:
        lines.append(f"Reported by: {report.reporter}")
    if incident.category:
        lines.append(f"Category: {incident.category} {incident.subcategory or ''}".rstrip())
    if purpose in (Purpose.PAGE, Purpose.APPROVE) and report.description:
        lines += ["", _short(report.description)]
    if purpose is Purpose.PAGE and incident.similar:
        past = incident.similar[0]
        lines += ["", f"Similar: {past.incident_id} {past.title}: {past.resolution}"[:_EXCERPT]]
    answer = {
        Purpose.PAGE: f"standfast acknowledge {number} --by YOU",
        Purpose.WARN: f"standfast resolve {number} --by YOU --summary WHAT-YOU-DID",
        Purpose.APPROVE: f"standfast approve {number} --by YOU   (or: deny, delegate)",
        Purpose.CONFIRM: f"standfast verify {number} --by YOU --resolved   (or: --unresolved)",
    }.get(purpose)
    if answer:
        lines += ["", answer]
    return "\n".join(lines)


def automation(incident: IncidentView) -> Iterator[str]:
    """What automation has done before people take over, or why not; nothing where none fitted."""
    approval, remediation = incident.approval, incident.remediation
    if approval and not approval.yes and approval.outcome:
        yield _short(f"Automation did nothing: {approval.outcome}")
    if remediation is None or remediation.yes:
        return
    how = _HOW_AUTOMATION_ENDED[remediation.outcome]
    yield _short(f"{how} ({remediation.runbook}): {'; '.join(remediation.reasons)}")
    yield from (_short(f"Please look: {left}") for left in remediation.left)


def _short(line: str) -> str:
    return line if len(line) <= _EXCERPT else f"{line[:_EXCERPT]}…"
