"""What has a date and an author, and is never deleted: overrides of schedules, and silences."""

from datetime import datetime, timedelta
from enum import StrEnum

from standfast.messages.message import InUtc, Message, short


class TimeRangeState(StrEnum):
    """Where something dated stands at a moment."""

    COMING = "coming"
    RUNNING = "running"
    OVER = "over"


class TimeRange(Message):
    """Something that holds from `starts` up to `until`, which belongs to it no more.

    ended_by, ended_at: who ended it before `ends`, and when; what was planned stays as it was.
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
        """Where it stands at `at`. One that was ended before its start is over at once."""
        if at >= self.until or self.until <= self.starts:
            return TimeRangeState.OVER
        return TimeRangeState.RUNNING if at >= self.starts else TimeRangeState.COMING


def lasting(starts: datetime, ends: datetime) -> timedelta:
    """How long something is to last that somebody asks for.

    Counted in moments: the clock on a wall goes back once a year.

    Raises:
        ValueError: it ends before it starts.
    """
    seconds = ends.timestamp() - starts.timestamp()
    if seconds <= 0:
        raise ValueError(f"it ends {short(ends)}, which is not after its start {short(starts)}")
    return timedelta(seconds=seconds)
