"""What a person does, who typed it in, and by which way it came."""

from typing import Annotated

from pydantic import Field

from standfast.incidents.via import LEFT_OUT_WITHOUT, Via
from standfast.incidents.visibility import Everybody, Responders
from standfast.messages.message import InboundMessage, Name, OptionalLine, at_most

EnteredBy = Annotated[OptionalLine, at_most(200), Field(json_schema_extra={"readOnly": True})]
"""Who entered it in somebody else's name; empty where people act in their own.

The API and the console fill it in; nobody can choose it there.
"""

_BY_THE_DOORS = Field(json_schema_extra={"readOnly": True})
_EPISODE = Field(ge=1, le=1_000_000)


class PersonAction(InboundMessage):
    """What a person does. `by` is in whose name it is done.

    via: the way by which it came, where it answers a page; None for the console, the API and the
        command line.
    episode: the episode that it is meant for; it is refused in a later one. None for any.
    """

    by: Everybody[Name]
    entered_by: Responders[EnteredBy] = ""
    via: Responders[Annotated[Via | None, LEFT_OUT_WITHOUT, _BY_THE_DOORS]] = None
    episode: Responders[Annotated[int | None, _EPISODE, LEFT_OUT_WITHOUT, _BY_THE_DOORS]] = None
