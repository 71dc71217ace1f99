"""The close box: reporter and team are told, and the record store takes the record."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from temporalio import activity

from activities.failures import failed_delivery, tried_again_after
from activities.heartbeat import heartbeats
from activities.requests import Closed, Closing, TimelineArchive, ToldSoFar
from standfast.incidents.closing import Told, last_entries, record_of
from standfast.incidents.notification import Notification
from standfast.notification.errors import NotDelivered, Undeliverable
from standfast.records.errors import RecordsUnavailable

if TYPE_CHECKING:
    from standfast.notification.delivery import MessageDelivery
    from standfast.records.store import RecordStore

TELL_ATTEMPTS = 5
"""Attempts in which somebody who was not reached is tried again; then the record says so."""


class ClosureActivities:
    """Tells people how it ended, and writes to the record store; doing it again changes nothing."""

    def __init__(self, records: "RecordStore", delivery: "MessageDelivery") -> None:
        self._records = records
        self._delivery = delivery

    @activity.defn
    async def close(self, closing: Closing) -> Closed:
        """Tell everybody who is to hear how it ended, then keep the episode on record.

        The record says who was told.

        Fails with Undeliverable while another attempt may reach who was not reached in this one;
        with RecordsUnavailable while the record store is away. Who was told by then is in the
        attempt's heartbeat, so that the next one does not tell them again.
        """
        told = {**closing.told, **_told_before()}
        messages = closing.messages
        try:
            async with heartbeats(lambda: ToldSoFar(told=told)):
                await self._tell(messages, told)
                outcomes = [told[message.key] for message in messages]
                entries = last_entries(closing.incident, outcomes, _now())
                record = record_of(closing.incident, entries)
                with tried_again_after(RecordsUnavailable):
                    await asyncio.to_thread(self._records.incidents.save, record)
        except BaseException:
            activity.heartbeat(ToldSoFar(told=told))
            raise
        return Closed(told=told, entries=entries)

    @activity.defn(no_thread_cancel_exception=True)
    def archive_timeline(self, archive: TimelineArchive) -> None:
        """Keep the older part of a timeline on record."""
        with tried_again_after(RecordsUnavailable):
            self._records.timelines.archive(archive.incident_id, archive.episode, archive.entries)

    async def _tell(self, messages: Sequence[Notification], told: dict[str, Told]) -> None:
        """Reach every recipient who is not among the `told` yet, and add them.

        In the last attempts it adds who was not reached, with the reason.
        """
        waiting = [message for message in messages if message.key not in told]
        failures = await asyncio.gather(*(self._reach(message, told) for message in waiting))
        for failure in filter(None, failures):
            raise failure

    async def _reach(self, message: Notification, told: dict[str, Told]) -> Exception | None:
        """Reach one of them; why another attempt is to be made."""
        recipient, may_try_again = message.recipient, activity.info().attempt < TELL_ATTEMPTS
        try:
            sent = await self._delivery.deliver(message, activity.info().scheduled_time)
        except NotDelivered as problem:
            if isinstance(problem, Undeliverable) and may_try_again:
                return failed_delivery(problem)
            told[message.key] = Told(recipient=recipient, problem=str(problem))
        except Exception as fault:
            if may_try_again:
                return fault
            # A fault of ours must not keep the record from being written.
            activity.logger.exception("%s was not told", recipient)
            problem_words = f"failed with {type(fault).__name__}"
            told[message.key] = Told(recipient=recipient, problem=problem_words)
        else:
            told[message.key] = Told(
                recipient=recipient, channel=sent.channel, problems=sent.problems
            )
        return None


def _told_before() -> dict[str, Told]:
    """Whom earlier attempts told."""
    details = activity.info().heartbeat_details
    return ToldSoFar.model_validate(details[0]).told if details and details[0] else {}


def _now() -> datetime:
    # By the server's clock, as the rest of the timeline.
    return activity.info().current_attempt_scheduled_time
