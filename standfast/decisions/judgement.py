"""Judges an incident by all statements: triage, high impact and critical, for each of them.

Each statement is judged as a report of its own, with the number of users that is known. The worst
counts, and what the incident was judged before: automatically it only goes up.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from standfast.decisions.classification import classify
from standfast.decisions.critical import critical
from standfast.decisions.high_impact import high_impact
from standfast.decisions.report_conditions import searchable
from standfast.decisions.triage import (
    clocks_for,
    impact_of,
    likely_path,
    scope_by_users,
    triage,
    urgency_of,
)
from standfast.incidents.assessment import (
    NOW_CRITICAL,
    Answer,
    Assessed,
    Judged,
    Judgement,
    Level,
    Priority,
    Scope,
    SimilarIncident,
    Triage,
)
from standfast.incidents.impact_ledger import ImpactQuestion, Statement, StatementKind
from standfast.incidents.report import Report
from standfast.policy import Policy

_LONGEST_QUOTE = 80
_LEVELS, _SCOPES = list(reversed(Level)), list(Scope)
"""The least comes first."""

_Found = TypeVar("_Found", Level, Scope)


class _Said(NamedTuple):
    """The scope, impact and urgency of one statement, judged as a report of its own."""

    place: int
    statement: Statement
    report: Report
    scope: Scope
    scope_reason: str
    impact: Level
    impact_reasons: list[str]
    urgency: Level
    urgency_reasons: list[str]


def judge(
    policy: Policy, asked: ImpactQuestion, similar: Sequence[SimilarIncident] | None = ()
) -> Judgement:
    """The worst of all statements. For a single new report it is the answers of `triage`,
    `high_impact` and `critical`. `similar` is as for `triage`.
    """
    said = [_said(policy, asked, place) for place in range(len(asked.statements))]
    found = _triage(policy, asked, said, similar)
    high, high_by = _high_impact(policy, asked, said, found)
    threat, threat_by = _critical(policy, asked, said, found) if high.yes else (None, None)
    before = asked.before
    judged = Judged(
        impact=found.impact,
        urgency=found.urgency,
        scope=found.scope,
        priority=found.priority,
        high_impact=high.yes,
        critical=bool(threat and threat.yes),
        users=asked.users,
        departments=asked.departments,
        asks_again_at_users=_next_users(policy, asked.users, found.scope, high.yes),
        asks_again_at_departments=_next_departments(policy, asked.departments, found.scope),
    )
    newly_high = high.yes and bool(before) and not (before and before.high_impact)
    newly_critical = judged.critical and bool(before) and not (before and before.critical)
    by = _raised_by(before, judged, said)
    by |= {high_by} if newly_high and high_by is not None else set()
    by |= {threat_by} if newly_critical and threat_by is not None else set()
    raised = newly_high or newly_critical
    raised |= bool(before and judged.priority.number < before.priority.number)
    judgement = Judgement(
        triage=found,
        high_impact=high,
        critical=threat,
        clocks=clocks_for(policy, found.priority),
        judged=judged,
        raised=raised,
        changed=bool(before and _levels(judged) != _levels(before)),
        newly_high_impact=newly_high,
        newly_critical=newly_critical,
        raised_by=tuple(sorted(by)),
    )
    if before is None or not judgement.changed:
        return judgement
    because = "; ".join(_because(asked, before, judgement)) or "by the policy as it is now"
    anew = found.model_copy(update={"reasons": (f"judged anew: {because}", *found.reasons)})
    return judgement.model_copy(update={"because": because, "triage": anew})


def _said(policy: Policy, asked: ImpactQuestion, place: int) -> _Said:
    statement = asked.statements[place]
    users = max(asked.users, statement.report.users_affected)
    report = statement.report.model_copy(update={"users_affected": users})
    report_text = searchable(report)
    scope, scope_reason = scope_by_users(policy, users)
    start, departments = policy.triage.departments, asked.departments
    for wider, least in (
        (Scope.ORGANISATION, start.organisation),
        (Scope.DEPARTMENT, start.department),
    ):
        if departments >= least and _SCOPES.index(wider) > _SCOPES.index(scope):
            scope = wider
            scope_reason = (
                f"scope {wider}: reports from {departments} departments, "
                f"and {wider} starts at {least}"
            )
    impact, impact_reasons = impact_of(policy, report_text, scope)
    urgency, urgency_reasons = urgency_of(policy, report_text)
    return _Said(
        place,
        statement,
        report,
        scope,
        scope_reason,
        impact,
        impact_reasons,
        urgency,
        urgency_reasons,
    )


def _triage(
    policy: Policy,
    asked: ImpactQuestion,
    said: list[_Said],
    similar: Sequence[SimilarIncident] | None,
) -> Triage:
    """Impact, urgency and scope, each with the reasons of the worst statement."""
    before, first = asked.before, said[0]
    alone = triage(policy, first.report, similar)
    if before is None and len(said) == 1 and first.scope is alone.scope:
        return alone
    if asked.as_set and before:
        return alone.model_copy(
            update={
                "answer": before.priority,
                "impact": before.impact,
                "urgency": before.urgency,
                "scope": before.scope,
                "priority": before.priority,
                "reasons": (f"impact {before.impact} and urgency {before.urgency}, as set",),
            }
        )
    scopes, impacts, urgencies = (
        _worst(said, _SCOPES, lambda one: one.scope),
        _worst(said, _LEVELS, lambda one: one.impact),
        _worst(said, _LEVELS, lambda one: one.urgency),
    )
    scope, impact, urgency = scopes.scope, impacts.impact, urgencies.urgency
    reasons = [
        _by(scopes, [scopes.scope_reason], len(said)),
        _by(impacts, impacts.impact_reasons, len(said)),
        _by(urgencies, urgencies.urgency_reasons, len(said)),
    ]
    if before:
        scope = _higher(_SCOPES, scope, before.scope)
        impact = _higher(_LEVELS, impact, before.impact)
        urgency = _higher(_LEVELS, urgency, before.urgency)
        reasons = [
            [f"scope {scope}, as before"] if scope is not scopes.scope else reasons[0],
            [f"impact {impact}, as before"] if impact is not impacts.impact else reasons[1],
            [f"urgency {urgency}, as before"] if urgency is not urgencies.urgency else reasons[2],
        ]
    priority = policy.triage.matrix[impact][urgency]
    matrix = f"impact {impact} and urgency {urgency} make {priority} by the matrix"
    if before and before.priority.number < priority.number:
        matrix += f"; it stays {before.priority}, as before"
        priority = before.priority
    return Triage(
        answer=priority,
        reasons=(*(reason for part in reasons for reason in part), matrix),
        policy_version=policy.version,
        impact=impact,
        urgency=urgency,
        scope=scope,
        priority=priority,
        likely_path=likely_path(policy, impacts.report, similar or ()),
        similar=tuple(similar or ()),
    )


def _high_impact(
    policy: Policy, asked: ImpactQuestion, said: list[_Said], found: Triage
) -> tuple[Answer, int | None]:
    """Yes if any statement says so, or it was before; and the index of that statement."""
    # Each statement first with its own number of users, so that the one that gave the number gets
    # the credit; a monitor that counts none speaks for all users of the service.
    latest_first = said[::-1]
    reports = [(one, one.statement.report) for one in latest_first]
    reports += [(one, one.report) for one in latest_first if one.report != one.statement.report]
    answers = [
        (one, high_impact(policy, _assessed(found, report, asked.category)))
        for one, report in reports
    ]
    before = asked.before
    return _any(answers, bool(before and before.high_impact), len(said))


def _critical(
    policy: Policy, asked: ImpactQuestion, said: list[_Said], found: Triage
) -> tuple[Answer, int | None]:
    answers = []
    for one in said[::-1]:
        own = classify(policy, one.report).category
        answers += [
            (one, critical(policy, _assessed(found, one.report, category)))
            for category in dict.fromkeys((asked.category or own, own))
        ]
    before = asked.before
    return _any(answers, bool(before and before.critical), len(said))


def _any(
    answers: list[tuple[_Said, Answer]], so_before: bool, statements: int
) -> tuple[Answer, int | None]:
    """The first yes, or a no with the first reasons."""
    one, answer = next((each for each in answers if each[1].yes), answers[0])
    reasons = tuple(_by(one, answer.reasons, statements))
    if answer.yes or not so_before:
        return answer.model_copy(update={"reasons": reasons}), one.place if answer.yes else None
    reasons = ("it was judged so before", *reasons)
    return answer.model_copy(update={"answer": "yes", "reasons": reasons}), None


def _assessed(found: Triage, report: Report, category: str) -> Assessed:
    return Assessed(
        report=report,
        impact=found.impact,
        urgency=found.urgency,
        scope=found.scope,
        priority=found.priority,
        category=category,
    )


def _worst(said: list[_Said], order: list[_Found], of: Callable[[_Said], _Found]) -> _Said:
    """The worst statement; of equals the one with the most users, then the latest."""
    return max(
        said,
        key=lambda one: (
            order.index(of(one)),
            one.statement.report.users_affected,
            one.place,
        ),
    )


def _higher(order: list[_Found], one: _Found, other: _Found) -> _Found:
    return max(one, other, key=order.index)


def _by(one: _Said, reasons: Iterable[str], statements: int) -> list[str]:
    """Reasons, with the name of the source where there are several statements."""
    who = one.statement.source or "nobody named"
    return [f"{who}: {reason}" if statements > 1 else reason for reason in reasons]


def _levels(judged: Judged) -> tuple[Level, Level, Scope, Priority, bool, bool]:
    return (
        judged.impact,
        judged.urgency,
        judged.scope,
        judged.priority,
        judged.high_impact,
        judged.critical,
    )


def _raised_by(before: Judged | None, now: Judged, said: list[_Said]) -> set[int]:
    """The indexes of the statements that raised impact, urgency or scope."""
    if before is None:
        return set()
    by = set()
    if now.scope is not before.scope:
        by.add(_worst(said, _SCOPES, lambda one: one.scope).place)
    if now.impact is not before.impact:
        by.add(_worst(said, _LEVELS, lambda one: one.impact).place)
    if now.urgency is not before.urgency:
        by.add(_worst(said, _LEVELS, lambda one: one.urgency).place)
    return by


def _because(asked: ImpactQuestion, before: Judged, judgement: Judgement) -> Iterable[str]:
    """What became worse, in short: numbers, and the titles of the statements."""
    if judgement.newly_critical:
        yield NOW_CRITICAL
    if asked.users > max(before.users, 1):
        yield f"{asked.users} users instead of {max(before.users, 1)}"
    if asked.departments > max(before.departments, 1):
        yield f"{asked.departments} departments instead of {max(before.departments, 1)}"
    news = asked.statements[len(asked.statements) - asked.new :]
    raising = [asked.statements[place] for place in judgement.raised_by]
    first = asked.statements[0].report.title
    yield from dict.fromkeys(
        _quote(statement)
        for statement in raising
        if statement in news and statement.report.title != first
    )
    if asked.as_set and not judgement.newly_critical:
        yield "now high impact"


def _quote(statement: Statement) -> str:
    title = statement.report.title
    title = title if len(title) <= _LONGEST_QUOTE else f"{title[:_LONGEST_QUOTE]}…"
    said = f"“{title}”"
    return said if statement.kind is StatementKind.REPORT else f"{statement.source}: {said}"


def _next_users(policy: Policy, users: int, scope: Scope, high: bool) -> int | None:
    """The next number of users at which scope or high impact changes."""
    start = policy.triage.users
    steps = {
        Scope.GROUP: start.group,
        Scope.DEPARTMENT: start.department,
        Scope.ORGANISATION: start.organisation,
    }
    wider = [least for step, least in steps.items() if _SCOPES.index(step) > _SCOPES.index(scope)]
    wider += [] if high else [policy.high_impact.users]
    return min((least for least in wider if least > users), default=None)


def _next_departments(policy: Policy, departments: int, scope: Scope) -> int | None:
    start = policy.triage.departments
    steps = {Scope.DEPARTMENT: start.department, Scope.ORGANISATION: start.organisation}
    wider = [least for step, least in steps.items() if _SCOPES.index(step) > _SCOPES.index(scope)]
    return min((least for least in wider if least > departments), default=None)
