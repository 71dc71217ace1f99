"""Views that people name: a query of the search, one's own, or shared with a team."""

from typing import Annotated

from pydantic import Field

from standfast.incidents.search_query import LONGEST_QUERY
from standfast.incidents.visibility import Everybody
from standfast.messages.message import (
    InboundMessage,
    InUtc,
    Line,
    Message,
    Name,
    OptionalLine,
    at_most,
)

LONGEST_VIEW_NAME = 60

MOST_VIEWS = 100
"""Of one person, and shared with one team."""

ViewName = Annotated[Line, at_most(LONGEST_VIEW_NAME)]
"""How a person calls a view; capitals do not matter."""


class NewView(InboundMessage):
    """A view to be named; another of this name and person is replaced."""

    by: Name
    name: ViewName = Field(description=f"At most {LONGEST_VIEW_NAME} characters.")
    query: Annotated[OptionalLine, at_most(LONGEST_QUERY)] = Field(
        default="", description="As in docs/search.md; empty, it is every incident."
    )
    team: Annotated[OptionalLine, at_most(200)] = Field(
        default="", description="Who else has it: a team of whoever names it; else nobody."
    )


class NamedView(Message):
    """A view of a person. team: with which it is shared; empty for none.

    What it finds depends on who looks: it is a query, and no list of incidents.
    """

    owner: Everybody[str]
    name: Everybody[str]
    query: Everybody[str]
    team: Everybody[str] = ""
    changed_at: Everybody[InUtc]
