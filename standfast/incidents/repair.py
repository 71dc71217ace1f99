"""What an incident is told when its run was repaired: reset to before a fault."""

from typing import Annotated

from standfast.messages.message import InboundMessage, MultilineText, Name, at_most


class Repaired(InboundMessage):
    """Who reset the run, and to where; `by` is `watchdog` when nobody had to."""

    by: Name
    detail: Annotated[MultilineText, at_most(4_000)] = ""
