"""What an incident is told when its run was repaired: reset to before a fault."""

from typing import Annotated

from incidents.message import FromOutside, Name, Prose, at_most


class Repaired(FromOutside):
    """Who reset the run, and to where; `by` is `watchdog` when nobody had to."""

    by: Name
    detail: Annotated[Prose, at_most(4_000)] = ""
