"""Messages of monitors to an open incident, beside reports: counted repeats, and recovery.

Both are signals: a monitor does not wait for an answer, and its message must not be lost. A report
of a person that joins an open incident is a repeat too, of which there is one.
"""

from collections.abc import Collection
from typing import Annotated, Self

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

MOST_TRIES = 100
"""Reports that joined an incident, of which it knows that another try of them is no repeat."""

_ONE_REPORT = "report "
"""What the counter of a single report begins with."""

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

    @classmethod
    def of_one(cls, report: Report, attempt: str) -> Self:
        """A single report. `attempt` is the same for each try of it, so that it counts once."""
        return cls(counter=counter_of_one(attempt), total=1, report=report)


def counter_of_one(attempt: str) -> str:
    """The counter of a single report, by what is the same for each try of it."""
    return f"{_ONE_REPORT}{attempt}"


def forget_tries(counted: dict[str, int]) -> None:
    """Forget the oldest single reports among these counters, but for the last `MOST_TRIES`."""
    single = [counter for counter in counted if counter.startswith(_ONE_REPORT)]
    for counter in single[:-MOST_TRIES]:
        del counted[counter]


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
