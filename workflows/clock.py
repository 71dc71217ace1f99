"""A clock of an episode: a wait that ends by itself. `clocks` starts, pauses and stops them."""

from datetime import datetime
from enum import StrEnum
from functools import cached_property

from standfast.messages.message import Message
from standfast.time.stopwatch import Stopwatch


class ClockName(StrEnum):
    """The waits that end by themselves."""

    APPROVE = "approve"
    REMIND_APPROVERS = "remind_approvers"
    QUIET = "quiet"
    ACKNOWLEDGE = "acknowledge"
    PAGE = "page"
    IDLE = "idle"
    WARN = "warn"
    RESOLVE = "resolve"
    REMIND_HOLD = "remind_hold"
    CONFIRM = "confirm"
    REMIND_REPORTER = "remind_reporter"
    WATCH = "watch"


class Clock(Message):
    """One wait, running or paused: its stopwatch and what happens when it runs out."""

    name: ClockName
    stopwatch: Stopwatch
    then: str

    @cached_property
    def due(self) -> datetime | None:
        """When it runs out; None while it is paused. In working hours that takes a while."""
        return self.stopwatch.due
