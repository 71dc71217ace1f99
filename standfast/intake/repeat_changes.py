"""Compares a repeat with what its incident already knows. Most repeats add nothing.

What is worse by the policy (impact, urgency, scope, high impact, critical), or by its severity, is
delivered at once; more users at the same scope, other words, and another member of a group with the
next delivery.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import IntEnum

from standfast.decisions.judgement import judge
from standfast.incidents.assessment import Level, Scope
from standfast.incidents.fingerprint import fingerprint
from standfast.incidents.impact_ledger import ImpactQuestion, Statement
from standfast.incidents.monitoring import MOST_MEMBERS, MOST_WORSE
from standfast.incidents.report import Report
from standfast.incidents.severity import SEVERITY, rank
from standfast.policy import Policy
from standfast.records.repeats import WorseRepeat

_MOST_REMEMBERED = 5_000
"""Assessments that are cached, for all incidents together."""

_MOST_WORDS = 200
"""Fingerprints that are remembered of what was delivered to one incident."""

_MORE_USERS = "more users"

_LEVELS, _SCOPES = list(reversed(Level)), list(Scope)

_Text = tuple[object, ...]


class Change(IntEnum):
    """What a repeat adds to what its incident knows."""

    NONE = 0
    MORE_USERS = 1
    OTHER_WORDS = 2
    WORSE = 3


def pending_repeat(
    report: Report, assessment: "RepeatAssessment", change: Change
) -> WorseRepeat | None:
    """The repeat to store until it is delivered. Of those that only name more users, one is stored:
    the one that names the most.
    """
    if change is Change.NONE:
        return None
    return WorseRepeat(_MORE_USERS if change is Change.MORE_USERS else assessment.key, report)


@dataclass(frozen=True)
class RepeatAssessment:
    """A report's fingerprint, users, the levels that the policy gives to it alone, and severity.

    member: the `member_key` of the alert of a group that it is of.
    """

    words: str
    users: int
    levels: tuple[int, ...] = (0,) * 6
    member: str = ""

    @property
    def key(self) -> str:
        """Names it among those that wait to be delivered."""
        return f"{self.words}:{self.member}" if self.member else self.words


@dataclass
class Delivered:
    """What this process has delivered to an incident, or is about to: the worst of each value.

    since: the time of the first delivery, by the event loop's clock. members: those that fire.
    """

    since: float = 0.0
    words: OrderedDict[str, None] = field(default_factory=OrderedDict)
    members: set[str] = field(default_factory=set)
    users: int = 0
    levels: tuple[int, ...] = (-1,) * 6

    def add(self, assessment: RepeatAssessment) -> None:
        """Include this repeat."""
        self.words[assessment.words] = None
        while len(self.words) > _MOST_WORDS:
            self.words.popitem(last=False)
        if assessment.member and len(self.members) < MOST_MEMBERS:
            self.members.add(assessment.member)
        self.users = max(self.users, assessment.users)
        self.levels = tuple(map(max, self.levels, assessment.levels))

    def compare(self, assessment: RepeatAssessment, waiting: int) -> Change:
        """What `assessment` adds; `waiting` repeats are pending already."""
        if any(new > old for new, old in zip(assessment.levels, self.levels, strict=True)):
            return Change.WORSE
        member = assessment.member
        if member and member not in self.members and len(self.members) < MOST_MEMBERS:
            return Change.OTHER_WORDS
        # Of texts that differ each time, only as many are delivered as one message holds.
        if assessment.words not in self.words and waiting < MOST_WORSE:
            return Change.OTHER_WORDS
        return Change.MORE_USERS if assessment.users > self.users else Change.NONE


class RepeatAssessor:
    """Assesses reports by the policy in force; for one event loop."""

    def __init__(self, policy: Callable[[], Policy]) -> None:
        self._policy = policy
        self._assessed: OrderedDict[_Text, RepeatAssessment] = OrderedDict()

    async def assess(self, report: Report, member: str = "") -> RepeatAssessment:
        """The assessment of `report`; the same text is assessed once.

        member: the alert of a group that it is of: its first report says something new.
        """
        assessment = await self._assess(report)
        return replace(assessment, member=member) if member else assessment

    async def _assess(self, report: Report) -> RepeatAssessment:
        policy = self._policy()
        text = _text_of(report, policy.version)
        if assessment := self._assessed.get(text):
            return assessment
        # Long texts and many conditions take milliseconds, which would block the event loop.
        assessment = await asyncio.to_thread(_assess, policy, report)
        self._assessed[text] = assessment
        while len(self._assessed) > _MOST_REMEMBERED:
            self._assessed.popitem(last=False)
        return assessment


def _assess(policy: Policy, report: Report) -> RepeatAssessment:
    statement = Statement(source=report.reporter, at=datetime.now(UTC), report=report)
    alone = ImpactQuestion(statements=(statement,), users=report.users_affected)
    judged = judge(policy, alone).judged
    levels = (
        _LEVELS.index(judged.impact),
        _LEVELS.index(judged.urgency),
        _SCOPES.index(judged.scope),
        int(judged.high_impact),
        int(judged.critical),
        rank(report.labels.get(SEVERITY, "")),
    )
    return RepeatAssessment(fingerprint(report), report.users_affected, levels)


def _text_of(report: Report, policy_version: str) -> _Text:
    """All that an assessment depends on."""
    return (
        policy_version,
        report.title,
        report.description,
        report.impact_statement,
        report.error_message,
        report.service,
        report.users_affected,
        report.channel,
        tuple(report.labels.items()),
    )
