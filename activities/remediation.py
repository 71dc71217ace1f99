"""The automated_resolution box: run the runbook that fits, prove that it helped, or undo it."""

from datetime import timedelta
from typing import TYPE_CHECKING

from temporalio import activity

from activities.failures import tried_again_after
from activities.heartbeat import BEAT_EVERY, heartbeats
from standfast.incidents.resolution import RemediationRequest, RemediationResult
from standfast.outgoing.secrets import NoSuchSecret
from standfast.records.errors import RecordsUnavailable
from standfast.runbooks.cancellation import Cancellation
from standfast.runbooks.errors import LeaseLost

if TYPE_CHECKING:
    from standfast.runbooks.remediation import Remediation


class RemediationActivities:
    """Runs runbooks."""

    def __init__(self, remediation: "Remediation", *, beat_every: timedelta = BEAT_EVERY) -> None:
        self._remediation = remediation
        self._beat_every = beat_every

    @activity.defn
    async def remediate(self, request: RemediationRequest) -> RemediationResult:
        """Run a runbook; "yes" only when its check passes. A failed one is an answer, no error.

        Fails with LeaseLost, RecordsUnavailable and NoSuchSecret, to be tried again.
        """
        attempt = self._remediation.attempt(
            request, first=activity.info().attempt == 1, cancelled_by=_cancelled_by
        )
        async with heartbeats(lambda: attempt.doing, self._beat_every):
            with tried_again_after(LeaseLost, RecordsUnavailable, NoSuchSecret):
                return await attempt.run()


def _cancelled_by() -> Cancellation:
    """Who has cancelled this attempt, by what Temporal says of it."""
    details = activity.cancellation_details()
    if details is None:
        return Cancellation.HANDED_OVER
    if details.not_found or details.timed_out or details.reset:
        return Cancellation.GIVEN_UP
    return Cancellation.WITHDRAWN if details.cancel_requested else Cancellation.HANDED_OVER
