"""Guards: how often automation may act, over all incidents and workers."""

from datetime import timedelta

from pydantic import Field

from standfast.messages.message import Duration
from standfast.policy.section import Section


class Guards(Section):
    """What holds automation back. A refused runbook is a recorded decision; people take over.

    One remediation at a time per target is no setting: it always holds.

    per_target_and_hour: runs that may start on one target in any 60 minutes.
    cooldown: the least time on one target between the end of a run and the next.
    at_once: runs at the same time, everywhere.
    per_hour: runs that may start in any 60 minutes, everywhere.
    successes_that_did_not_last: after so many in a row of one runbook on one target automation
        stops there, and the page holds the chain of incidents.
    should_last: a success did not last when its runbook is wanted again on the target within this.
    """

    per_target_and_hour: int = Field(default=3, ge=1)
    cooldown: Duration | None = timedelta(minutes=5)
    at_once: int = Field(default=5, ge=1)
    per_hour: int = Field(default=30, ge=1)
    successes_that_did_not_last: int = Field(default=3, ge=1, le=100)
    should_last: Duration = timedelta(days=1)

    @property
    def remember(self) -> timedelta:
        """How far back the runs on a target matter: a whole chain of successes, with a day for
        what the runs of the chain took themselves."""
        return self.should_last * self.successes_that_did_not_last + timedelta(days=1)
