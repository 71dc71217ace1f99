"""What a person does, and who typed it in."""

from typing import Annotated

from pydantic import Field

from standfast.incidents.visibility import Everybody, Responders
from standfast.messages.message import InboundMessage, Name, OptionalLine, at_most

EnteredBy = Annotated[OptionalLine, at_most(200), Field(json_schema_extra={"readOnly": True})]
"""Who entered it in somebody else's name; empty where people act in their own.

The API and the console fill it in; nobody can choose it there.
"""


class PersonAction(InboundMessage):
    """What a person does. `by` is in whose name it is done."""

    by: Everybody[Name]
    entered_by: Responders[EnteredBy] = ""
