"""What people read when they are paged, asked or told: short, and it says what to do."""

from incidents.notification import Purpose
from incidents.record import IncidentView

_ASKS = {
    Purpose.PAGE: "Please acknowledge:",
    Purpose.WARN: "Time runs out:",
    Purpose.APPROVE: "Approval needed:",
    Purpose.CONFIRM: "Is it resolved?",
    Purpose.REMIND: "Reminder:",
    Purpose.TELL: "For your information:",
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
    if report.service:
        lines.append(f"Service: {report.service}")
    if report.reporter:
        lines.append(f"Reported by: {report.reporter}")
    if incident.category:
        lines.append(f"Category: {incident.category} {incident.subcategory or ''}".rstrip())
    if purpose in (Purpose.PAGE, Purpose.APPROVE) and report.description:
        excerpt = report.description[:_EXCERPT]
        lines += ["", excerpt + ("…" if len(report.description) > _EXCERPT else "")]
    if purpose is Purpose.PAGE and incident.similar:
        past = incident.similar[0]
        lines += ["", f"Similar: {past.incident_id} {past.title}: {past.resolution}"[:_EXCERPT]]
    answer = {
        Purpose.PAGE: f"standfast acknowledge {number} --by YOU",
        Purpose.WARN: f"standfast resolve {number} --by YOU --summary WHAT-YOU-DID",
        Purpose.APPROVE: f"standfast approve {number} --by YOU   (or: deny)",
        Purpose.CONFIRM: f"standfast verify {number} --by YOU --resolved   (or: --unresolved)",
    }.get(purpose)
    if answer:
        lines += ["", answer]
    return "\n".join(lines)
