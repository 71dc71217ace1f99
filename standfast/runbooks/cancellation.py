"""Why an attempt at a runbook is cancelled, and what it then does."""

from enum import Enum, auto


class Cancellation(Enum):
    """Why an attempt is cancelled; in each case its running command is ended first.

    WITHDRAWN: the incident was. The started steps are undone, and the result says what is left.
    HANDED_OVER: the worker shuts down, or an operator pauses the attempt. The next attempt goes on
        by the journal.
    GIVEN_UP: another attempt may be at work already, so this one touches nothing more.
    """

    WITHDRAWN = auto()
    HANDED_OVER = auto()
    GIVEN_UP = auto()
