"""The base of the policy's models, and types that many of them share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from standfast.messages.message import Name


class Section(BaseModel):
    """A section of the policy: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Key = Annotated[Name, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
"""The name of a thing in the policy: lower case, digits, `-` and `_`."""


Argument = Annotated[str, Field(max_length=4_000)]
Command = Annotated[tuple[Argument, ...], Field(min_length=1)]
"""An argument list: the program first. Never a shell's string (design rule 7)."""
