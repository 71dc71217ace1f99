"""Storms: is this page sent by itself, or does it wait for a digest?"""

from datetime import datetime, timedelta

from standfast.incidents.assessment import Priority
from standfast.policy.storm import StormRules

SHORTEST_HOLD = timedelta(seconds=1)
"""For a page that comes when its digest is due: somebody else is about to send that."""


def held_for(
    rules: StormRules,
    priority: Priority,
    *,
    recent: int,
    waiting_since: datetime | None,
    now: datetime,
) -> timedelta | None:
    """How long a page waits for its digest; None when it goes out by itself.

    recent: how many other pages of the team came to the same person within `rules.within`, however
        they were sent.
    waiting_since: when the oldest of those came that still wait for a digest.
    """
    if priority is Priority.P1 or rules.pages is None or recent < rules.pages:
        return None
    due = (waiting_since or now) + rules.digest_every
    return max(due - now, SHORTEST_HOLD)
