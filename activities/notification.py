"""Reaching people: a page, a question or news, sent at least once."""

import asyncio
from typing import TYPE_CHECKING

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.heartbeat import heartbeats
from activities.requests import NotificationBatch, NotificationResult
from standfast.incidents.notification import Delivery, Notification
from standfast.notification.errors import NotDelivered, Undeliverable

if TYPE_CHECKING:
    from standfast.notification.delivery import MessageDelivery

TELL_ATTEMPTS = 5
"""Attempts of `tell` that ask for another one; then it says who was not told."""


class NotificationActivities:
    """Sends what the workflow has to say to people."""

    def __init__(self, delivery: "MessageDelivery") -> None:
        self._delivery = delivery

    @activity.defn
    async def notify(self, notification: Notification) -> Delivery:
        """Reach one recipient, as `MessageDelivery.deliver` does.

        Fails with UnknownRecipient and KeyReused for good, with Undeliverable to be tried again.
        Where the circuit breaker of every channel is open, Undeliverable's first detail is the
        moment, in ISO 8601, from which on one may be tried.
        """
        async with heartbeats():
            try:
                return await self._deliver(notification)
            except NotDelivered as problem:
                raise _failure(problem) from None

    @activity.defn
    def forget(self, notification: Notification) -> bool:
        """Take a page that is held out of its digest: somebody has acknowledged meanwhile.

        False when it is not held, or when its digest is on its way. Without the record store it
        fails, to be tried again.
        """
        return self._delivery.forget(notification)

    @activity.defn
    async def tell(self, batch: NotificationBatch) -> list[NotificationResult]:
        """Reach every recipient, each on their own; after some attempts it says who was not.

        Fails with Undeliverable while another attempt may reach who was not reached in this one.
        """
        async with heartbeats():
            outcomes = await asyncio.gather(
                *(self._deliver(message) for message in batch.messages), return_exceptions=True
            )
        results = []
        for message, outcome in zip(batch.messages, outcomes, strict=True):
            if isinstance(outcome, NotDelivered):
                if isinstance(outcome, Undeliverable) and activity.info().attempt < TELL_ATTEMPTS:
                    raise _failure(outcome)
                results.append(
                    NotificationResult(recipient=message.recipient, problem=str(outcome))
                )
            elif isinstance(outcome, BaseException):
                raise outcome
            else:
                results.append(
                    NotificationResult(
                        recipient=message.recipient,
                        channel=outcome.channel,
                        problems=outcome.problems,
                    )
                )
        return results

    async def _deliver(self, notification: Notification) -> Delivery:
        # Temporal's moment: on the clock of the incident, and the same at every attempt.
        return await self._delivery.deliver(notification, activity.info().scheduled_time)


def _failure(problem: NotDelivered) -> ApplicationError:
    """The same for the workflow, which knows the kinds by their names."""
    may_succeed_later = isinstance(problem, Undeliverable)
    open_until = problem.open_until if isinstance(problem, Undeliverable) else None
    details = [open_until.isoformat()] if open_until else []
    return ApplicationError(
        str(problem), *details, type=type(problem).__name__, non_retryable=not may_succeed_later
    )
