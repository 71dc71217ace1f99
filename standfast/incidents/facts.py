"""Facts about an incident in words, the same on every screen."""

from collections.abc import Iterator, Sequence

from standfast.incidents.article import KnownFix
from standfast.incidents.assessment import SimilarIncident
from standfast.incidents.impact_ledger import LedgerLine
from standfast.incidents.member_names import listed
from standfast.incidents.record import IncidentView
from standfast.incidents.report import Report
from standfast.incidents.resolution import RemediationResult
from standfast.messages.message import words_of
from standfast.time.clocks import Breach

_NAMED = 3


def reporters(incident: IncidentView) -> str:
    """Who reported it: the first few by name, the others by number."""
    names = incident.reporters or ("nobody named",)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def alerts(incident: IncidentView) -> str:
    """The alerts of a group that are in it, and which of them are over; empty without a group."""
    if len(incident.members) < 2:
        return ""
    fire = listed(incident.firing, not_all=incident.not_all_named)
    over = listed([member.name for member in incident.members if not member.fires])
    return "; ".join(filter(None, (fire, over and f"recovered: {over}")))


def category(incident: IncidentView) -> str:
    """Category and subcategory, and how sure that is; empty before it was classified."""
    name = "/".join(part for part in (incident.category, incident.subcategory) if part)
    return f"{name} ({incident.confidence:.0%} sure)" if incident.confidence is not None else name


def approval(incident: IncidentView) -> str:
    """The result of its runbook's approval, or whom it waits for; empty without an approval."""
    asked = incident.approval
    if asked is None:
        return ""
    if asked.waits and incident.status == "closed":
        return f"{asked.runbook} did not run: it closed before anybody answered"
    return asked.outcome or f"{asked.runbook} waits for {', '.join(asked.approvers)}"


def confidential(incident: IncidentView) -> str:
    """Why it is confidential, and who finds it besides its team; empty where it is not."""
    known = incident.confidential
    if known is None:
        return ""
    people = f"; also for {', '.join(known.people)}" if known.people else ""
    return f"by {known.by}{known.why and f': {known.why}'}{people}"


def known_fix(similar: Sequence[SimilarIncident]) -> KnownFix | None:
    """Of the articles that were used in similar incidents, the one that worked most often."""
    fixes = [past.fix for past in similar if past.fix]
    return max(fixes, key=lambda fix: fix.rate.worked, default=None)


def raised(line: LedgerLine) -> str:
    """What a statement raised, in words; empty if nothing."""
    return f"raised it: {line.raised}" if line.raised else ""


def corrected_fields(incident: IncidentView) -> str:
    """Which of its fields were corrected after it had closed; empty where none was."""
    return ", ".join(dict.fromkeys(each.field.words for each in incident.additions if each.field))


def texts_of(report: Report | None) -> Iterator[tuple[str, str]]:
    """The long texts of a report, each with its name; those that are empty are left out."""
    if report is None:
        return
    for name, text in (
        ("Description", report.description),
        ("Error message", report.error_message),
        ("Impact", report.impact_statement),
    ):
        if text:
            yield name, text


def how_it_ended(remediation: RemediationResult) -> str:
    """On what a runbook ran, how that ended, and whether it was undone."""
    undone = {None: "", True: ", undone", False: ", not undone in full"}[remediation.rolled_back]
    target = f"on {remediation.target}: " if remediation.target else ""
    return f"{target}{remediation.outcome}{undone}"


def missed(breach: Breach) -> str:
    """A target that was missed."""
    return f"{breach.target} within {words_of(breach.within)} (tier {breach.tier})"
