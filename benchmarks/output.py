"""Where a benchmark writes its result, and only that."""

import os

from rich.console import Console


def result_console() -> Console:
    """A console on the standard output. All else that is written there goes to the standard error.

    The server prints a banner, and the SDK's core its errors; a JSON document must stand alone.
    """
    console = Console(file=os.fdopen(os.dup(1), "w"), markup=False, emoji=False, highlight=False)
    os.dup2(2, 1)
    return console
