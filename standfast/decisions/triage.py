"""Triage: impact, urgency, scope and priority of a report, and the likely resolution path."""

from collections.abc import Sequence

from standfast.decisions.classification import classify
from standfast.decisions.report_conditions import ReportText, quoted, searchable
from standfast.incidents.actions import Reprioritise
from standfast.incidents.assessment import (
    ApprovalRule,
    Level,
    Priority,
    Reprioritised,
    Scope,
    SimilarIncident,
    Triage,
)
from standfast.incidents.facts import known_fix
from standfast.incidents.report import Report
from standfast.policy import Policy
from standfast.policy.rules import LevelRule
from standfast.time.clocks import Clocks

_ASKS = {
    ApprovalRule.NEVER: "",
    ApprovalRule.ALWAYS: ", once approved",
    ApprovalRule.WHEN_HIGH_IMPACT: ", once approved if its impact is high",
}
_HIGHEST_FIRST = list(Level)


def triage(
    policy: Policy, report: Report, similar: Sequence[SimilarIncident] | None = ()
) -> Triage:
    """Assess `report`. `similar` are past incidents, None if they could not be looked up."""
    report_text = searchable(report)
    scope, scope_reason = scope_by_users(policy, report.users_affected)
    impact, impact_reasons = impact_of(policy, report_text, scope)
    urgency, urgency_reasons = urgency_of(policy, report_text)
    priority = policy.triage.matrix[impact][urgency]
    return Triage(
        answer=priority,
        reasons=(
            _service_reason(policy, report),
            scope_reason,
            *impact_reasons,
            *urgency_reasons,
            f"impact {impact} and urgency {urgency} make {priority} by the matrix",
            _similar_reason(policy, similar),
        ),
        policy_version=policy.version,
        impact=impact,
        urgency=urgency,
        scope=scope,
        priority=priority,
        likely_path=likely_path(policy, report, similar or ()),
        similar=tuple(similar or ()),
    )


def reprioritise(policy: Policy, change: Reprioritise) -> Reprioritised:
    """The priority that the matrix gives for a person's impact and urgency, and its clocks."""
    priority = policy.triage.matrix[change.impact][change.urgency]
    return Reprioritised(
        answer=priority,
        reasons=(
            f"{change.by} set impact {change.impact} and urgency {change.urgency}",
            f"impact {change.impact} and urgency {change.urgency} make {priority} by the matrix",
        ),
        policy_version=policy.version,
        impact=change.impact,
        urgency=change.urgency,
        priority=priority,
        clocks=clocks_for(policy, priority),
    )


def clocks_for(policy: Policy, priority: Priority) -> Clocks:
    """How long each wait in `resolve` may last for `priority`."""
    return Clocks(**policy.clocks[priority].model_dump())


def _service_reason(policy: Policy, report: Report) -> str:
    if not report.service:
        return "the report names no service"
    service = policy.services.get(report.service)
    if service is None:
        return f"service {quoted(report.service)} is not in the catalogue"
    nature = [
        word
        for word, holds in (
            ("business critical", service.business_critical),
            ("essential", service.essential),
            ("core infrastructure", service.core_infrastructure),
            ("holds critical data", service.holds_critical_data),
        )
        if holds
    ]
    return f"service {report.service}: {', '.join(nature) or 'nothing special in the catalogue'}"


def scope_by_users(policy: Policy, users: int) -> tuple[Scope, str]:
    """The scope for this number of users, and why."""
    start = policy.triage.users
    affected = "1 user is affected" if users == 1 else f"{users} users are affected"
    for scope, least in (
        (Scope.ORGANISATION, start.organisation),
        (Scope.DEPARTMENT, start.department),
        (Scope.GROUP, start.group),
    ):
        if users >= least:
            return scope, f"scope {scope}: {affected}, and {scope} starts at {least}"
    return Scope.USER, f"scope user: {affected}, and group starts at {start.group}"


def impact_of(policy: Policy, report_text: ReportText, scope: Scope) -> tuple[Level, list[str]]:
    """The highest impact that the report, its service or `scope` speaks for, and why."""
    rules = policy.triage
    spoken = _by_rules(rules.impact, report_text)
    if scope in rules.impact_by_scope:
        spoken.append((rules.impact_by_scope[scope], f"scope {scope}"))
    service = policy.services.get(report_text.report.service)
    if service and service.impact:
        spoken.append((service.impact, f"service {report_text.report.service}"))
    return _highest("impact", spoken, rules.default_impact, len(rules.impact))


def urgency_of(policy: Policy, report_text: ReportText) -> tuple[Level, list[str]]:
    """The highest urgency that the report or its service speaks for, and why."""
    rules = policy.triage
    spoken = _by_rules(rules.urgency, report_text)
    service = policy.services.get(report_text.report.service)
    if service and service.urgency:
        spoken.append((service.urgency, f"service {report_text.report.service}"))
    return _highest("urgency", spoken, rules.default_urgency, len(rules.urgency))


def _by_rules(rules: Sequence[LevelRule], report_text: ReportText) -> list[tuple[Level, str]]:
    return [
        (rule.level, " and ".join(evidence))
        for rule in rules
        if (evidence := report_text.evidence(rule))
    ]


def _highest(
    what: str, spoken: list[tuple[Level, str]], default: Level, rules: int
) -> tuple[Level, list[str]]:
    """The highest of the levels found, `default` if there is none; with the reasons."""
    if not spoken:
        reason = f"by default: none of the policy's {rules} conditions for it holds"
        return default, [f"{what} {default}, {reason}"]
    spoken = sorted(spoken, key=lambda entry: _HIGHEST_FIRST.index(entry[0]))
    highest = spoken[0][0]
    return highest, [
        f"{what} {level}: {why}" if level is highest else f"{what} {level}, outranked: {why}"
        for level, why in spoken
    ]


def _similar_reason(policy: Policy, similar: Sequence[SimilarIncident] | None) -> str:
    if policy.access.by_team:
        return "similar past incidents are not looked up: responders see those of their team only"
    if similar is None:
        return "similar past incidents are not known: the record store could not be reached"
    if not similar:
        return "no similar past incident is on record"
    fix = known_fix(similar)
    by = f"; {fix.words}" if fix else ""
    return f"similar past incidents: {', '.join(past.incident_id for past in similar)}{by}"


def likely_path(policy: Policy, report: Report, similar: Sequence[SimilarIncident]) -> str:
    """What may resolve it: a runbook or a team, and the similar incident that was resolved so."""
    classification = classify(policy, report)
    if runbook := classification.runbook:
        asks = _ASKS[runbook.approval]
        return f"automated: runbook {runbook.name}{asks}"
    resolved = next((past for past in similar if past.resolution), None)
    before = f", as {resolved.incident_id} was" if resolved else ""
    team = policy.teams[classification.team]
    return f"by people: {team.title}, {team.tiers[0].name}{before}"
