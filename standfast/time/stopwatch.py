"""A stopwatch for one target: the time spent, and when it is due."""

from datetime import datetime, timedelta
from typing import Self

from pydantic import Field

from standfast.messages.message import Duration, InUtc, Message
from standfast.time.working_time import Hours, due, elapsed


class Stopwatch(Message):
    """One target's clock, running or paused. It is immutable: every method gives a new one.

    within: the target.
    spent: the time spent at `since`; more than `within` once that is exceeded.
    since: from when on it runs, in UTC; None while paused.
    hours: those in which time counts; None for around the clock.
    """

    within: Duration
    spent: timedelta = Field(timedelta(0), ge=timedelta(0))
    since: InUtc | None
    hours: Hours | None = None

    @classmethod
    def started(cls, within: timedelta, hours: Hours | None, at: datetime) -> Self:
        """A new one that runs from `at` on."""
        return cls(within=within, since=at, hours=hours)

    @property
    def due(self) -> datetime | None:
        """When `within` is spent, in UTC; None while paused."""
        return self.reaches(self.within)

    def reaches(self, spent: timedelta) -> datetime | None:
        """When so much is spent, in UTC; None while paused.

        If that was spent before it last started or got another target, it is `since`.
        """
        if self.since is None:
            return None
        return due(self.hours, self.since, max(spent - self.spent, timedelta(0)))

    def elapsed(self, at: datetime) -> timedelta:
        """The time spent at `at`; before `since`, that of `since`."""
        running = timedelta(0) if self.since is None else elapsed(self.hours, self.since, at)
        return self.spent + running

    def paused(self, at: datetime) -> Self:
        """Paused from `at` on; unchanged if it is paused already."""
        return self._changed(spent=self.elapsed(at), since=None)

    def resumed(self, at: datetime) -> Self:
        """Running from `at` on; unchanged if it runs already."""
        return self if self.since is not None else self._changed(since=at)

    def retargeted(self, within: timedelta, hours: Hours | None, at: datetime) -> Self:
        """With another target and hours from `at` on. The time spent stays, and so does a pause."""
        since = None if self.since is None else max(self.since, at)
        return self._changed(within=within, hours=hours, spent=self.elapsed(at), since=since)

    def _changed(self, **fields: object) -> Self:
        return self.model_validate(dict(self) | fields)
