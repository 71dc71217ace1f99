"""What monitors tell an open incident beside their reports: how often it came again, and that it
is over.

Both are signals. A monitor does not wait for an answer, and its word must not be lost.
"""

from typing import Annotated

from pydantic import Field

from standfast.incidents.report import Report
from standfast.messages.message import (
    InboundMessage,
    Message,
    MultilineText,
    Name,
    OptionalLine,
    at_most,
)

MOST_WORSE = 10
"""Reports in one message; each may be as long as a report can be."""


class Repeats(InboundMessage):
    """Repeats of a report, counted outside so that a storm of them costs a few signals.

    `total` is all that `counter` has counted so far, so that sending it twice changes nothing.
    `report` is the latest of them; `worse` are those that say more than was told before, by words,
    severity or users, each told once or more.
    """

    counter: Name
    total: int = Field(ge=1)
    report: Report
    worse: tuple[Report, ...] = Field(default=(), max_length=MOST_WORSE)


class Recovery(InboundMessage):
    """A monitor says that it is over. `resolves`: its source may resolve the incident by that."""

    by: Name
    detail: Annotated[MultilineText, at_most(4_000)] = ""
    resolves: bool = False


class Recovered(Message):
    """What a monitor said last, standing until it fires again."""

    detail: OptionalLine
    resolves: bool
