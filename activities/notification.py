"""Reaching people: a page, a question or news, sent at least once."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from temporalio import activity

from activities.failures import failed_delivery, tried_again_after
from activities.heartbeat import heartbeats
from activities.requests import News, ToldSoFar
from activities.telling import tell_all, told_before
from standfast.incidents.notification import Delivery, Notification
from standfast.notification.errors import NotDelivered
from standfast.records.errors import RecordsUnavailable

if TYPE_CHECKING:
    from standfast.notification.delivery import MessageDelivery


class NotificationActivities:
    """Sends what the workflow has to say to people."""

    def __init__(
        self,
        delivery: "MessageDelivery",
        as_it_is_now: Callable[[Notification], Notification] = lambda each: each,
    ) -> None:
        """as_it_is_now: news that was put into words long before it is sent, such as a reminder,
        without what is confidential by now. Raises RecordsUnavailable.
        """
        self._delivery = delivery
        self._as_it_is_now = as_it_is_now

    @activity.defn
    async def notify(self, notification: Notification) -> Delivery:
        """Reach one recipient, as `MessageDelivery.deliver` does.

        Fails with UnknownRecipient and KeyReused for good, with Undeliverable to be tried again.
        Where the circuit breaker of every channel is open, Undeliverable's first detail is the
        moment, in ISO 8601, from which on one may be tried.
        """
        async with heartbeats():
            try:
                # Temporal's moment: on the clock of the incident, the same at every attempt.
                return await self._delivery.deliver(notification, activity.info().scheduled_time)
            except NotDelivered as problem:
                raise failed_delivery(problem) from None

    @activity.defn
    async def tell(self, news: News) -> ToldSoFar:
        """Tell several people that it is taken, or over; what became of each.

        Fails with Undeliverable while another attempt may reach who was not reached in this one;
        who was told by then is in the attempt's heartbeat.
        """
        told = told_before()
        try:
            async with heartbeats(lambda: ToldSoFar(told=told)):
                with tried_again_after(RecordsUnavailable):
                    messages = await asyncio.to_thread(
                        lambda: [self._as_it_is_now(each) for each in news.messages]
                    )
                await tell_all(self._delivery, messages, told)
        except BaseException:
            activity.heartbeat(ToldSoFar(told=told))
            raise
        return ToldSoFar(told=told)

    @activity.defn(no_thread_cancel_exception=True)
    def forget(self, notification: Notification) -> bool:
        """Take a page that is held out of its digest: somebody has acknowledged meanwhile.

        False when it is not held, or when its digest is on its way. Without the record store it
        fails, to be tried again.
        """
        return self._delivery.forget(notification)
