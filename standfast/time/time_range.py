"""Records with a time range and an author, never deleted: overrides and silences."""

from datetime import datetime, timedelta
from enum import StrEnum

from standfast.messages.message import InUtc, Message, short


class TimeRangeState(StrEnum):
    """The state of a time range at a moment."""

    COMING = "coming"
    RUNNING = "running"
    OVER = "over"


class TimeRange(Message):
    """Something that is active from `starts` to `until`, exclusive.

    ended_by, ended_at: who ended it before `ends`, and when; `ends` stays as planned.
    """

    id: str
    starts: InUtc
    ends: InUtc
    by: str
    reason: str = ""
    created_at: InUtc
    ended_by: str = ""
    ended_at: InUtc | None = None

    @property
    def until(self) -> datetime:
        """When it is over."""
        return min(self.ends, self.ended_at) if self.ended_at else self.ends

    def state(self, at: datetime) -> TimeRangeState:
        """The state at `at`. One that was ended before its start is over."""
        if at >= self.until or self.until <= self.starts:
            return TimeRangeState.OVER
        return TimeRangeState.RUNNING if at >= self.starts else TimeRangeState.COMING


def lasting(starts: datetime, ends: datetime) -> timedelta:
    """How long a requested time range lasts.

    In real time, not by the wall clock, which goes back once a year.

    Raises:
        ValueError: it ends before it starts.
    """
    seconds = ends.timestamp() - starts.timestamp()
    if seconds <= 0:
        raise ValueError(f"it ends {short(ends)}, which is not after its start {short(starts)}")
    return timedelta(seconds=seconds)
