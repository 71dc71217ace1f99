"""The close box: reporter and team are told, and the record store takes the record."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from temporalio import activity

from activities.failures import tried_again_after
from activities.heartbeat import heartbeats
from activities.requests import Closed, Closing, TimelineArchive, ToldSoFar
from activities.telling import tell_all, told_before
from standfast.incidents import names
from standfast.incidents.closing import last_entries, record_of
from standfast.incidents.measures import Measures, Times
from standfast.incidents.record import IncidentView
from standfast.incidents.review import Review
from standfast.records.errors import RecordsUnavailable

if TYPE_CHECKING:
    from standfast.notification.delivery import MessageDelivery
    from standfast.records.store import RecordStore
    from standfast.time.working_time import Hours


class ClosureActivities:
    """Tells people how it ended, and writes to the record store; doing it again changes nothing."""

    def __init__(
        self,
        records: "RecordStore",
        delivery: "MessageDelivery",
        hours_of: Callable[[str, datetime], "Hours | None"],
        review_wanted: Callable[[IncidentView], Review | None] = lambda _: None,
    ) -> None:
        """Take the dependencies.

        hours_of: a team's working hours around a moment. review_wanted: the review that closing an
            episode begins.
        """
        self._records = records
        self._delivery = delivery
        self._hours_of = hours_of
        self._review_wanted = review_wanted

    @activity.defn
    async def close(self, closing: Closing) -> Closed:
        """Tell everybody who is to hear how it ended, then keep the episode on record.

        The record says who was told.

        Fails with Undeliverable while another attempt may reach who was not reached in this one;
        with RecordsUnavailable while the record store is away. Who was told by then is in the
        attempt's heartbeat, so that the next one does not tell them again.
        """
        told = {**closing.told, **told_before()}
        messages = closing.messages
        try:
            async with heartbeats(lambda: ToldSoFar(told=told)):
                await tell_all(self._delivery, messages, told)
                outcomes = [told[message.key] for message in messages]
                entries = last_entries(closing.incident, outcomes, _now())
                record = record_of(closing.incident, entries)
                with tried_again_after(RecordsUnavailable):
                    hours = self._hours_of(record.team or "", _now())
                    review = self._review_wanted(record)
                    measures = await asyncio.to_thread(
                        self._records.incidents.close, record, hours, review
                    )
        except BaseException:
            activity.heartbeat(ToldSoFar(told=told))
            raise
        if measures:
            _publish(record, measures)
        return Closed(told=told, entries=entries)

    @activity.defn(no_thread_cancel_exception=True)
    def archive_timeline(self, archive: TimelineArchive) -> None:
        """Keep the older part of a timeline on record."""
        with tried_again_after(RecordsUnavailable):
            self._records.timelines.archive(archive.incident_id, archive.episode, archive.entries)


def _publish(record: IncidentView, measures: Measures) -> None:
    """Offer the times to whoever scrapes this worker's metrics."""
    meter = activity.metric_meter().with_additional_attributes(
        {"team": record.team or "", "priority": str(record.priority or "")}
    )
    for name, field in Times.model_fields.items():
        seconds = getattr(measures.calendar, name)
        if seconds is not None:
            metric = names.INCIDENT_TIME.format(name)
            histogram = meter.create_histogram_timedelta(metric, field.description)
            histogram.record(timedelta(seconds=seconds))


def _now() -> datetime:
    # By the server's clock, as the rest of the timeline.
    return activity.info().current_attempt_scheduled_time
