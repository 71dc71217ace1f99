"""The close box: reporter and team are told, and the record store takes the record."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from temporalio import activity

from activities.failures import failed_delivery, tried_again_after
from activities.heartbeat import heartbeats
from activities.requests import Closing, TimelineArchive, ToldAlready
from standfast.incidents.closing import Told, last_entries, record_of
from standfast.incidents.notification import Notification
from standfast.incidents.record import TimelineEntry
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
    async def close(self, closing: Closing) -> tuple[TimelineEntry, ...]:
        """Tell everybody who is to hear how it ended, then keep the episode on record.

        The record says who was told. The answer is what it has in its timeline beyond the request.

        Fails with Undeliverable while another attempt may reach who was not reached in this one;
        with RecordsUnavailable while the record store is away. Who was told by then is in the
        attempt's heartbeat, so that the next one does not tell them again.
        """
        told = _told_already()
        async with heartbeats(lambda: told):
            if told is None:
                told = ToldAlready(told=await self._tell(closing.messages))
            entries = last_entries(closing.incident, told.told, _now())
            record = record_of(closing.incident, entries)
            try:
                with tried_again_after(RecordsUnavailable):
                    await asyncio.to_thread(self._records.incidents.save, record)
            except BaseException:
                activity.heartbeat(told)
                raise
        return entries

    @activity.defn
    def archive_timeline(self, archive: TimelineArchive) -> None:
        """Keep the older part of a timeline on record."""
        with tried_again_after(RecordsUnavailable):
            self._records.timelines.archive(archive.incident_id, archive.episode, archive.entries)

    async def _tell(self, messages: tuple[Notification, ...]) -> tuple[Told, ...]:
        """Reach every recipient, each on their own; in the last attempts it says who was not."""
        asked_at = activity.info().scheduled_time
        outcomes = await asyncio.gather(
            *(self._delivery.deliver(message, asked_at) for message in messages),
            return_exceptions=True,
        )
        told = []
        for message, outcome in zip(messages, outcomes, strict=True):
            if not isinstance(outcome, BaseException):
                told.append(
                    Told(
                        recipient=message.recipient,
                        channel=outcome.channel,
                        problems=outcome.problems,
                    )
                )
            elif isinstance(outcome, NotDelivered):
                if isinstance(outcome, Undeliverable) and activity.info().attempt < TELL_ATTEMPTS:
                    raise failed_delivery(outcome)
                told.append(Told(recipient=message.recipient, problem=str(outcome)))
            elif activity.info().attempt < TELL_ATTEMPTS:
                raise outcome
            else:
                # A fault of ours must not keep the record from being written.
                activity.logger.error("%s was not told", message.recipient, exc_info=outcome)
                told.append(
                    Told(
                        recipient=message.recipient, problem=f"failed with {type(outcome).__name__}"
                    )
                )
        return tuple(told)


def _told_already() -> ToldAlready | None:
    """Whom an earlier attempt told, which then could not reach the record store."""
    details = activity.info().heartbeat_details
    return ToldAlready.model_validate(details[0]) if details and details[0] else None


def _now() -> datetime:
    # By the server's clock, as the rest of the timeline.
    return activity.info().current_attempt_scheduled_time
