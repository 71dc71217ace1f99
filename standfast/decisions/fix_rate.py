"""How often an article fixed an incident: the one definition, of what is on record.

A use of an article is an episode in which somebody says that it was used; the episode from which it
was written is its first. A use

- worked, if the episode closed as resolved, was not sent back by verification or follow-up after
  the article was used in it, and no next episode was opened within the follow-up window after it
  closed, save one that was withdrawn or merged: that did not happen again;
- did not work, if it closed as resolved, but was sent back or came back so;
- does not count as long as the episode is open, or if it was withdrawn or merged: nobody knows.

The follow-up window is that of the policy now, `follow_up.window.watch_for`. Until it is over, what
has not come back has worked so far.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from standfast.incidents.article import FixRate
from standfast.incidents.record import Outcome

_RESOLVED = (Outcome.RESOLVED, Outcome.AUTOMATED)


class UseResult(StrEnum):
    """What came of a use."""

    WORKED = "worked"
    SENT_BACK = "sent_back"
    CAME_BACK = "came_back"
    OPEN = "open"
    NOT_RESOLVED = "not_resolved"

    @property
    def counts(self) -> bool:
        """Whether it is known if it worked."""
        return self in (UseResult.WORKED, UseResult.SENT_BACK, UseResult.CAME_BACK)


class Use(NamedTuple):
    """A use of an article as it is on record.

    outcome: of the episode; empty while it is open. reopened: how often it was sent back in all,
        and reopened_before, until the article was used in it.
    came_back_at: when the next episode was opened.
    """

    outcome: str
    closed_at: datetime | None
    reopened: int = 0
    reopened_before: int = 0
    came_back_at: datetime | None = None


class Opened(NamedTuple):
    """An incident that was opened at that moment."""

    incident_id: str
    at: datetime


def result_of(use: Use, window: timedelta) -> UseResult:
    """What came of one use. window: the follow-up window."""
    if use.closed_at is None:
        return UseResult.OPEN
    if use.outcome not in _RESOLVED:
        return UseResult.NOT_RESOLVED
    if use.reopened > use.reopened_before:
        return UseResult.SENT_BACK
    if use.came_back_at is not None and use.came_back_at <= use.closed_at + window:
        return UseResult.CAME_BACK
    return UseResult.WORKED


def rate_of(uses: Iterable[Use], window: timedelta) -> FixRate:
    """How often it worked, of those uses of which that is known."""
    results = [result_of(use, window) for use in uses]
    return FixRate(
        worked=results.count(UseResult.WORKED), of=sum(result.counts for result in results)
    )
