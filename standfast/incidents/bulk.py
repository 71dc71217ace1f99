"""One action on several incidents: which they are, and what became of each."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from standfast.incidents.ids import is_incident_id
from standfast.messages.message import Message

MOST_AT_ONCE = 100
"""Incidents of one request; whoever means more than that narrows a search."""

AT_A_TIME = 8
"""How many are acted on at the same time."""

_WRITTEN = re.compile(r"(?P<id>[^:]+)(?::(?P<episode>[1-9][0-9]{0,5}))?")


class Target(NamedTuple):
    """An incident that is meant; episode: one of it and no later one, None for the latest.

    >>> str(Target("INC-7F3K2QXWM4", 2))
    'INC-7F3K2QXWM4:2'
    """

    incident_id: str
    episode: int | None = None

    def __str__(self) -> str:
        return f"{self.incident_id}:{self.episode}" if self.episode else self.incident_id


def read_target(written: str) -> Target:
    """What was written, `INC-7F3K2QXWM4` or `INC-7F3K2QXWM4:2`. ValueError: it is neither."""
    found = _WRITTEN.fullmatch(written.strip().upper())
    if found is None or not is_incident_id(found["id"]):
        raise ValueError(
            f"{written.strip()[:60]!r} is not an incident; write INC-7F3K2QXWM4, or "
            "INC-7F3K2QXWM4:2 for its episode 2"
        )
    return Target(found["id"], int(found["episode"]) if found["episode"] else None)


class BulkOutcome(Message):
    """What became of one incident. message: what was done, or why it was refused.

    try_again: it was not tried, or failed for a reason that may pass.
    """

    incident: str
    done: bool
    message: str
    try_again: bool = False


class BulkResult(Message):
    """What became of each, in the order in which they were named."""

    action: str
    done: int
    refused: int
    outcomes: tuple[BulkOutcome, ...]

    @property
    def is_final(self) -> bool:
        """Whether the same request would end no better when it is sent again."""
        return not any(one.try_again for one in self.outcomes)

    @classmethod
    def of(cls, action: str, outcomes: Iterable[BulkOutcome]) -> "BulkResult":
        """These outcomes, counted."""
        each = tuple(outcomes)
        done = sum(one.done for one in each)
        return cls(action=str(action), done=done, refused=len(each) - done, outcomes=each)
