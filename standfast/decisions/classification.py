"""Classify: the category with its evidence, the team, and the runbook that fits.

Every rule that holds adds its weight to its category, and so does the report's service. The
heaviest category wins if it has enough weight and a large enough share; otherwise the category is
`other`, which goes to the service desk.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from standfast.decisions.automation import HOST_LABEL, cannot_act
from standfast.decisions.confidentiality import why_confidential
from standfast.decisions.report_conditions import ReportText, quoted, searchable
from standfast.incidents.assessment import Classification, RunbookChoice
from standfast.incidents.report import Report
from standfast.policy import Policy
from standfast.policy.rules import OTHER, ReportCondition
from standfast.policy.runbooks import Match, Runbook
from standfast.policy.services import Service


@dataclass
class _Case:
    """The weight and reasons of one category."""

    weight: float = 0
    reasons: list[str] = field(default_factory=list)
    subcategories: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, weight: float, reason: str, subcategory: str | None = None) -> None:
        self.weight += weight
        self.reasons.append(f"{weight:g} for {reason}")
        if subcategory:
            self.subcategories[subcategory] += weight

    @property
    def subcategory(self) -> str:
        """The heaviest one; of equals the one whose rule stands first in the policy."""
        return max(self.subcategories, key=lambda name: self.subcategories[name], default="")


def classify(policy: Policy, report: Report) -> Classification:
    """Category, team and runbook of `report`.

    `confidence` is the winner's share of all weight found, to two decimals; 0 for what is not
    recognised. Of categories that weigh the same the service's own wins, then the policy's first.
    """
    cases = _cases(policy, report)
    total = sum(case.weight for case in cases.values())
    own = _own_category(policy, report)
    best = max(cases, key=lambda name: (cases[name].weight, name == own), default=OTHER)
    confidence = cases[best].weight / total if total else 0.0
    reasons = [f"{name}: {reason}" for name, case in cases.items() for reason in case.reasons]
    if report.service and report.service not in policy.services:
        reasons.append(f"service {quoted(report.service)} is not in the catalogue")
    doubts = _doubts(policy, best, cases, confidence)
    if doubts:
        category, subcategory, confidence = OTHER, "", 0.0
        team, because = policy.service_desk, "the service desk sorts what is not recognised"
    else:
        category, subcategory = best, cases[best].subcategory
        team, because = _team(policy, report, category)
        reasons.append(f"{best} has {cases[best].weight:g} of {total:g}, {confidence:.0%}")
    runbook, no_runbook_because = _runbook(policy, report, category, subcategory)
    return Classification(
        answer=category,
        reasons=(*reasons, *doubts, f"team {team}: {because}"),
        policy_version=policy.version,
        category=category,
        subcategory=subcategory,
        confidence=round(confidence, 2),
        team=team,
        runbook=runbook,
        no_runbook_because=no_runbook_because,
        confidential=why_confidential(policy, report, category, team),
    )


def _service(policy: Policy, report: Report) -> Service | None:
    return policy.services.get(report.service)


def _own_category(policy: Policy, report: Report) -> str | None:
    service = _service(policy, report)
    return service.category if service else None


def _cases(policy: Policy, report: Report) -> dict[str, _Case]:
    """The categories with any weight, in the policy's order."""
    report_text = searchable(report)
    own = _own_category(policy, report)
    cases: dict[str, _Case] = {}
    for name, category in policy.categories.items():
        case = _Case()
        for rule in category.rules:
            if evidence := report_text.evidence(rule):
                case.add(rule.weight, " and ".join(evidence), rule.subcategory)
        if name == own:
            # The service alone is enough, and is outweighed by words for another category.
            weight = policy.classification.min_weight
            case.add(weight, f"service {report.service}, which is {name} by the catalogue")
        if case.reasons:
            cases[name] = case
    return cases


def _doubts(
    policy: Policy, best: str, cases: dict[str, _Case], confidence: float
) -> tuple[str, ...]:
    """Why the report is not recognised; empty when it is."""
    if not cases:
        rules = sum(len(category.rules) for category in policy.categories.values())
        return (f"none of the {rules} category rules holds",)
    needed, weight = policy.classification, cases[best].weight
    doubts = []
    if weight < needed.min_weight:
        doubts.append(f"{best} has {weight:g}, and {needed.min_weight:g} are needed to be sure")
    if confidence < needed.min_confidence:
        doubts.append(
            f"{best} has {confidence:.0%} of all that was found,"
            f" and {needed.min_confidence:.0%} are needed to be sure"
        )
    return tuple(doubts)


def _team(policy: Policy, report: Report, category: str) -> tuple[str, str]:
    """The team and why: the service's own before the category's.

    Not so for security: whose service it is matters less there than who can handle it. What is
    not recognised goes to the service desk before this is asked.
    """
    team = policy.categories[category].team
    service = _service(policy, report)
    if service is None or service.team is None:
        return team, f"it looks after {category}"
    if category in policy.critical.security_categories and service.team != team:
        return team, f"it looks after {category}, whichever service is concerned"
    return service.team, f"it looks after service {report.service}"


def _runbook(
    policy: Policy, report: Report, category: str, subcategory: str
) -> tuple[RunbookChoice | None, str]:
    """The most specific runbook that fits and can act, or why there is none.

    A match by services comes before one by labels, then words, then the subcategory; a match by the
    category alone comes last. Of equals the policy's first.
    """
    report_text = searchable(report)
    fitting = [
        (key, runbook)
        for key, runbook in policy.runbooks.items()
        if _fits(runbook.match, report_text, category, subcategory)
    ]
    fitting.sort(key=lambda entry: _how_specific(entry[1].match), reverse=True)
    host = report.labels.get(HOST_LABEL, "")
    refused: dict[str, list[str]] = {}
    for key, runbook in fitting:
        why = cannot_act(policy, runbook, report.service, host)
        if not why:
            return _choice(key, runbook), ""
        refused.setdefault(why, []).append(key)
    if refused:
        return None, "; ".join(
            f"runbook {', '.join(keys)} fits, but {why}" for why, keys in refused.items()
        )
    what = f"{category}/{subcategory}" if subcategory else category
    which = f" of service {report.service}" if report.service in policy.services else ""
    return None, f"no runbook is for {what}{which}"


def _fits(match: Match, report_text: ReportText, category: str, subcategory: str) -> bool:
    if match.category not in (None, category) or match.subcategory not in (None, subcategory):
        return False
    if not (match.services or match.labels or match.words):
        return True
    condition = ReportCondition(services=match.services, labels=match.labels, words=match.words)
    return bool(report_text.evidence(condition))


def _how_specific(match: Match) -> tuple[bool, ...]:
    return bool(match.services), bool(match.labels), bool(match.words), bool(match.subcategory)


def _choice(key: str, runbook: Runbook) -> RunbookChoice:
    return RunbookChoice(
        name=key,
        title=runbook.title,
        takes_at_most=runbook.takes_at_most,
        approval=runbook.approval,
        approve_within=runbook.approve_within,
        remind_every=runbook.remind_every,
        approvers=runbook.approvers,
    )
