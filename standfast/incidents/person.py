"""What a person does, and who typed it in."""

from typing import Annotated

from pydantic.json_schema import SkipJsonSchema

from standfast.messages.message import InboundMessage, Name, OptionalLine, at_most

EnteredBy = SkipJsonSchema[Annotated[OptionalLine, at_most(200)]]
"""Who entered it in somebody else's name; empty where people act in their own.

The API and the console fill it in; nobody can choose it there.
"""


class PersonAction(InboundMessage):
    """What a person does. `by` is in whose name it is done."""

    by: Name
    entered_by: EnteredBy = ""
