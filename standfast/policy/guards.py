"""Guards: how often automation may act, over all incidents and workers."""

from datetime import timedelta

from pydantic import Field

from standfast.messages.message import Duration
from standfast.policy.section import Section


class Guards(Section):
    """The limits of automation. A refused runbook is a recorded decision; people take over.

    One remediation at a time per target is no setting: it always holds.

    per_target_and_hour: runs that may start on one target in any 60 minutes.
    cooldown: the least time on one target between the end of a run and the next.
    max_concurrent: runs at the same time, everywhere.
    per_hour: runs that may start in any 60 minutes, everywhere.
    flapping_limit: after so many successes in a row of one runbook on one target that did not
        last, automation stops there, and the page lists these incidents.
    flapping_window: a success did not last when its runbook is needed again on the target within
        this time.
    """

    per_target_and_hour: int = Field(default=3, ge=1)
    cooldown: Duration | None = timedelta(minutes=5)
    max_concurrent: int = Field(default=5, ge=1)
    per_hour: int = Field(default=30, ge=1)
    flapping_limit: int = Field(default=3, ge=1, le=100)
    flapping_window: Duration = timedelta(days=1)

    @property
    def remember(self) -> timedelta:
        """How far back the runs on a target matter: a whole chain of successes, with a day for
        what the runs of the chain took themselves."""
        return self.flapping_window * self.flapping_limit + timedelta(days=1)
