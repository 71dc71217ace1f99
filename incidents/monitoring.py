"""What monitors tell an open incident beside their reports: how often it came again, and that it
is over.

Both are signals. A monitor does not wait for an answer, and its word must not be lost.
"""

from typing import Annotated

from pydantic import Field

from incidents.message import FromOutside, Message, Name, OptionalLine, Prose, at_most
from incidents.report import Report


class Repeats(FromOutside):
    """Repeats of a report, counted outside so that a storm of them costs a few signals.

    `total` is all that `counter` has counted so far, so that sending it twice changes nothing.
    `report` is the latest of them.
    """

    counter: Name
    total: int = Field(ge=1)
    report: Report


class Recovery(FromOutside):
    """A monitor says that it is over. `resolves`: its source may resolve the incident by that."""

    by: Name
    detail: Annotated[Prose, at_most(4_000)] = ""
    resolves: bool = False


class Recovered(Message):
    """What a monitor said last, standing until it fires again."""

    detail: OptionalLine
    resolves: bool
