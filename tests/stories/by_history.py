"""Times of an incident computed from Temporal's history alone, knowing nothing of timelines."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHistory

from standfast.incidents.notification import Delivery, Notification, Purpose


class Happened(NamedTuple):
    """Seconds from the start to each of these, in order."""

    pages: list[tuple[str, float]]
    acknowledged: list[float]
    resolved: list[float]
    closed: float


async def happened(client: Client, history: WorkflowHistory) -> Happened:
    """What one run did, by its activities and updates. An event counts from the task that saw it.

    The start of a workflow task is what its code takes for now.
    """
    events = list(history.events)
    began = _time(events[0])
    scheduled: dict[int, HistoryEvent] = {}
    found = Happened([], [], [], 0.0)
    closed = 0.0
    for place, event in enumerate(events):
        match event.event_type:
            case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                scheduled[event.event_id] = event
                if event.activity_task_scheduled_event_attributes.activity_type.name == "close":
                    closed = (_time(event) - began).total_seconds()
            case EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                done = event.activity_task_completed_event_attributes
                asked = scheduled[done.scheduled_event_id].activity_task_scheduled_event_attributes
                if asked.activity_type.name != "notify":
                    continue
                decode = client.data_converter.decode
                (sent,) = await decode(asked.input.payloads, [Notification])
                (delivery,) = await decode(done.result.payloads, [Delivery])
                if sent.purpose is Purpose.PAGE and delivery.channel:
                    seen = (_next_task(events[place:]) - began).total_seconds()
                    found.pages.append((sent.recipient, seen))
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
                taken = event.workflow_execution_update_accepted_event_attributes
                name = taken.accepted_request.input.name
                seen = (_last_task(events[:place]) - began).total_seconds()
                if name == "acknowledge":
                    found.acknowledged.append(seen)
                elif name == "resolve":
                    found.resolved.append(seen)
    return found._replace(closed=closed)


def _time(event: HistoryEvent) -> datetime:
    return event.event_time.ToDatetime(UTC)


def _started(events: list[HistoryEvent]) -> Iterator[HistoryEvent]:
    return (e for e in events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED)


def _next_task(events: list[HistoryEvent]) -> datetime:
    return _time(next(_started(events)))


def _last_task(events: list[HistoryEvent]) -> datetime:
    return _time(next(_started(events[::-1])))
