"""Follow-up? Whether an incident is watched after its resolution, the checks, and the result."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from standfast.decisions import verification
from standfast.decisions.verification import in_words, last_words, out_of_reach, worst_first
from standfast.incidents.assessment import Priority
from standfast.incidents.report import Report
from standfast.incidents.resolution import (
    BY_MACHINES,
    Evidence,
    FollowUpPlan,
    FollowUpResult,
    FollowUpRules,
    Plans,
    Verdict,
)
from standfast.messages.message import words_of
from standfast.policy import Policy
from standfast.policy.policy import WatchRules

MOST_CHECKS = 50
"""Checks in one window. Where the rules give more, this many are spread evenly."""


class WindowResult(StrEnum):
    """The result of the follow-up window so far."""

    CLEAR = "clear"
    RECURRED = "recurred"
    PARTIAL = "partial"
    WATCHING = "watching"


def plans_for(policy: Policy, report: Report) -> Plans:
    """The plans for what comes after a resolution, by the policy in force."""
    return Plans(
        verification=verification.plan(policy, report), follow_up=rules_for(policy, report)
    )


def rules_for(policy: Policy, report: Report) -> FollowUpRules:
    """The policy's follow-up rules for this incident; `plan` makes a plan of them.

    The checks: the first after `first_check`, then each gap `growth` times longer, the last one at
    the window's end.
    """
    rules = policy.follow_up
    service = policy.services.get(report.service)
    return FollowUpRules(
        policy_version=policy.version,
        priorities=tuple(sorted(rules.priorities)),
        workarounds=rules.workarounds,
        service=report.service if service else "",
        watches_service=bool(service and service.watch),
        checks=moments(rules.window),
        probes=any(out_of_reach(kind, report, service) is None for kind in BY_MACHINES),
    )


def plan(
    rules: FollowUpRules, *, priority: Priority, verdict: Verdict, workaround: bool
) -> FollowUpPlan:
    """Whether follow-up is needed, and the checks."""
    why = []
    if verdict is not Verdict.RESOLVED:
        why.append(f"it is {verdict.replace('_', ' ')}, which is always watched")
    if priority in rules.priorities:
        why.append(f"{priority} is watched")
    if workaround and rules.workarounds:
        why.append("a workaround is in place")
    if rules.watches_service:
        why.append(f"{rules.service} is watched after every incident")
    if not why:
        return FollowUpPlan(
            answer="no",
            reasons=_why_not(rules, priority, workaround),
            policy_version=rules.policy_version,
        )
    window = words_of(rules.checks[-1])
    times = "once, at its end" if len(rules.checks) == 1 else f"{len(rules.checks)} times"
    return FollowUpPlan(
        answer="yes",
        reasons=(*why, f"watched for {window}, looked at {times}"),
        policy_version=rules.policy_version,
        checks=rules.checks,
        probes=rules.probes,
    )


def _why_not(rules: FollowUpRules, priority: Priority, workaround: bool) -> tuple[str, ...]:
    reasons = ["it is resolved", f"{priority} is not watched"]
    reasons.append("workarounds are not watched" if workaround else "no workaround is in place")
    if rules.service:
        reasons.append(f"{rules.service} is not watched after every incident")
    return tuple(reasons)


def moments(rules: WatchRules) -> tuple[timedelta, ...]:
    """The times of the checks, counted from the start of the window."""
    checks: list[timedelta] = []
    moment, gap = rules.first_check, rules.first_check
    while moment < rules.watch_for and len(checks) < MOST_CHECKS:
        checks.append(moment)
        gap *= rules.growth
        moment += gap
    if len(checks) == MOST_CHECKS:
        evenly = rules.watch_for / MOST_CHECKS
        checks = [evenly * number for number in range(1, MOST_CHECKS)]
    return (*checks, rules.watch_for)


def assess_window(
    policy_version: str,
    *,
    verdict: Verdict,
    evidence: Sequence[Evidence],
    reported_again: int = 0,
    over: bool = False,
    became_critical: str = "",
) -> FollowUpResult:
    """The result of the window.

    evidence: of machines since the window opened, and of users since the resolution: a "partly"
        counts until that user says otherwise.
    became_critical: why it is critical now, if it became so.

    The same report again, a failing test, a recurring error signature or a user's no: it recurred,
    at once. A partial resolution is clear at the end only with good evidence and no bad; a full one
    is clear unless there is bad evidence.
    """
    latest = worst_first(last_words(evidence))
    says = latest[0].says if latest else None
    reasons = [in_words(piece) for piece in latest]
    if reported_again:
        times = "once" if reported_again == 1 else f"{reported_again} times"
        reasons.insert(0, f"the same was reported again, {times}")
    if became_critical:
        reasons.insert(0, f"it is critical now: {became_critical}")
    if reported_again or became_critical or says is Verdict.UNRESOLVED:
        finding = WindowResult.RECURRED
    elif not over:
        finding = WindowResult.WATCHING
        reasons.append("nothing bad so far; the window is still open")
    elif (says or verdict) is Verdict.RESOLVED:
        finding = WindowResult.CLEAR
        reasons.append("the window is over and nothing bad has shown")
    else:
        finding = WindowResult.PARTIAL
        reasons.append(
            "the window is over and it is still partly resolved"
            if says
            else "the window is over and nothing has shown that the rest is resolved"
        )
    return FollowUpResult(answer=finding, reasons=tuple(reasons), policy_version=policy_version)
