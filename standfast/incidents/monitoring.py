"""Messages of monitors to an open incident, beside reports: counted repeats, and recovery.

Both are signals: a monitor does not wait for an answer, and its message must not be lost.
"""

from collections.abc import Collection
from typing import Annotated

from pydantic import Field

from standfast.incidents.report import Report
from standfast.messages.message import (
    InboundMessage,
    Line,
    Message,
    MultilineText,
    Name,
    OptionalLine,
    at_most,
)

MOST_WORSE = 10
"""Reports in one message; each may be as long as a report can be."""

MOST_MEMBERS = 50
"""Alerts of a group that an incident knows by name."""

MOST_RECOVERED = 500
"""Alerts of a group in one message that they have recovered."""

MEMBER = "group_member"
"""The label by which a report names the alert of a group that it is of."""

MEMBER_KEY = "group_member_key"
"""The label that tells that alert from others of the same name."""


class Repeats(InboundMessage):
    """Repeats of a report, counted outside the workflow so that a storm costs only a few signals.

    `total` is the whole count of `counter`, so that a second delivery changes nothing. `report` is
    the latest; `worse` are those that add something: new words, severity or users. Each is
    delivered at least once.
    """

    counter: Name
    total: int = Field(ge=1)
    report: Report
    worse: tuple[Report, ...] = Field(default=(), max_length=MOST_WORSE)


class Recovery(InboundMessage):
    """A monitor reports recovery. `resolves`: its source may resolve the incident by that."""

    by: Name
    detail: Annotated[MultilineText, at_most(4_000)] = ""
    resolves: bool = False


class MembersRecovered(InboundMessage):
    """A monitor reports that some alerts of a group, by their keys, are over, while others fire."""

    by: Name
    members: tuple[Annotated[Line, at_most(100)], ...] = Field(max_length=MOST_RECOVERED)


def has_recovered(reporters: Collection[str], recovered: Collection[str]) -> bool:
    """Whether everybody who reported it is a monitor that has recovered since."""
    return bool(recovered) and set(reporters) <= set(recovered)


class Recovered(Message):
    """A monitor's last recovery, valid until it fires again."""

    detail: OptionalLine
    resolves: bool
