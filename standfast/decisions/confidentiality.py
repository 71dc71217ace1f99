"""Whether the policy says that an incident is confidential, and by which of its words."""

from standfast.decisions.report_conditions import searchable
from standfast.incidents.report import Report
from standfast.policy import Policy


def why_confidential(policy: Policy, report: Report, category: str = "", team: str = "") -> str:
    """Why an incident is confidential; empty where it is not.

    category, team: empty before it was classified.
    """
    named = {
        "service": (report.service, policy.services.get(report.service)),
        "category": (category, policy.categories.get(category)),
        "team": (team, policy.teams.get(team)),
    }
    for kind, (name, entry) in named.items():
        if entry and entry.confidential:
            return f"by the policy, {kind} {name} is confidential"
    text = searchable(report) if policy.access.confidential else None
    for condition in policy.access.confidential if text else ():
        if evidence := text.evidence(condition) if text else ():
            return f"by the policy: {' and '.join(evidence)}"
    return ""
