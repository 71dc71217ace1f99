"""Weighs repeats: does one say more than its incident was told? Most say the same, which is cheap.

What is worse by the policy (impact, urgency, scope, high impact, critical) is told at once; more
users within a step of it, and other words, with the next telling.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum

from standfast.decisions.judgement import judge
from standfast.incidents.assessment import Level, Scope
from standfast.incidents.fingerprint import fingerprint
from standfast.incidents.impact_ledger import Statement, ToJudge
from standfast.incidents.monitoring import MOST_WORSE
from standfast.incidents.report import Report
from standfast.policy import Policy
from standfast.records.repeats import WorseRepeat

_MOST_WEIGHED = 5_000
"""Texts whose weight is remembered, for all incidents together."""

_MOST_WORDS = 200
"""Fingerprints that are remembered of what one incident was told."""

_MORE_USERS = "more users"

_LEVELS, _SCOPES = list(reversed(Level)), list(Scope)

_Text = tuple[object, ...]


class News(IntEnum):
    """What a repeat adds to what its incident was told."""

    NONE = 0
    MORE_USERS = 1
    OTHER_WORDS = 2
    WORSE = 3


def to_keep(report: Report, weight: "Weight", news: News) -> WorseRepeat | None:
    """What is kept of a repeat until its incident was told; of those that only name more users the
    one that names the most.
    """
    if news is News.NONE:
        return None
    return WorseRepeat(_MORE_USERS if news is News.MORE_USERS else weight.words, report)


@dataclass(frozen=True)
class Weight:
    """A report's fingerprint, users, and the levels that the policy gives to it alone."""

    words: str
    users: int
    levels: tuple[int, ...] = (0, 0, 0, 0, 0)


@dataclass
class Passed:
    """What an incident was told by this process, or is about to be: the most in each respect.

    since: when that began, by the event loop's clock.
    """

    since: float = 0.0
    words: OrderedDict[str, None] = field(default_factory=OrderedDict)
    users: int = 0
    levels: tuple[int, ...] = (-1, -1, -1, -1, -1)

    def add(self, weight: Weight) -> None:
        """It is told of this."""
        self.words[weight.words] = None
        while len(self.words) > _MOST_WORDS:
            self.words.popitem(last=False)
        self.users = max(self.users, weight.users)
        self.levels = tuple(map(max, self.levels, weight.levels))

    def news(self, weight: Weight, waiting: int) -> News:
        """What `weight` adds; `waiting` repeats are to be told of already."""
        if any(new > old for new, old in zip(weight.levels, self.levels, strict=True)):
            return News.WORSE
        # Of texts that differ each time as many are passed on as one message holds.
        if weight.words not in self.words and waiting < MOST_WORSE:
            return News.OTHER_WORDS
        return News.MORE_USERS if weight.users > self.users else News.NONE


class Weighing:
    """Weighs reports by the policy that is in force; for one event loop."""

    def __init__(self, policy: Callable[[], Policy]) -> None:
        self._policy = policy
        self._weighed: OrderedDict[_Text, Weight] = OrderedDict()

    async def weigh(self, report: Report) -> Weight:
        """The weight of `report`. The same text is weighed once."""
        policy = self._policy()
        text = _text_of(report, policy.version)
        if weight := self._weighed.get(text):
            return weight
        # Long texts and many signs take milliseconds, in which others are to be answered.
        weight = await asyncio.to_thread(_weigh, policy, report)
        self._weighed[text] = weight
        while len(self._weighed) > _MOST_WEIGHED:
            self._weighed.popitem(last=False)
        return weight


def _weigh(policy: Policy, report: Report) -> Weight:
    statement = Statement(source=report.reporter, at=datetime.now(UTC), report=report)
    alone = ToJudge(statements=(statement,), users=report.users_affected)
    judged = judge(policy, alone).judged
    levels = (
        _LEVELS.index(judged.impact),
        _LEVELS.index(judged.urgency),
        _SCOPES.index(judged.scope),
        int(judged.high_impact),
        int(judged.critical),
    )
    return Weight(fingerprint(report), report.users_affected, levels)


def _text_of(report: Report, policy_version: str) -> _Text:
    """All that a weight depends on."""
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
