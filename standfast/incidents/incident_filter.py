"""Which incidents a list has, and a page of it."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator

from standfast.incidents.assessment import Priority
from standfast.incidents.record import IncidentSummary
from standfast.incidents.search_query import Field
from standfast.messages.message import InboundMessage, Message, OptionalLine, at_most


class Status(StrEnum):
    """Which incidents to list."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


def _quotable(name: str) -> str:
    # The query language has no parameters, and servers differ in how they escape a quote.
    if any(character in "\"'`\\" for character in name):
        raise ValueError("cannot be a name: there is a quote or a backslash in it")
    return name


Filter = Annotated[OptionalLine, at_most(200), AfterValidator(_quotable)]
"""A name to look for; empty means any."""


class IncidentFilter(InboundMessage):
    """Which incidents a list has."""

    status: Status = Status.OPEN
    priority: Priority | None = None
    category: Filter = ""
    team: Filter = ""
    service: Filter = ""

    @property
    def names(self) -> dict[Field, str]:
        """The names by which it is narrowed."""
        return {"team": self.team, "service": self.service, "category": self.category}


class PageOfIncidents(Message):
    """Some incidents, and the cursor of the next page; None on the last page."""

    incidents: tuple[IncidentSummary, ...]
    next: str | None = None
