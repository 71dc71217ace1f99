"""The message to an incident that its run was repaired: reset to before a fault."""

from typing import Annotated

from standfast.messages.message import InboundMessage, MultilineText, Name, at_most


class Repaired(InboundMessage):
    """Who reset the run, and to where; `by` is `watchdog` for an automatic repair."""

    by: Name
    detail: Annotated[MultilineText, at_most(4_000)] = ""
