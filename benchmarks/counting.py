"""What a run cost, counted from its history."""

from collections import Counter

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from standfast.messages.message import Message

BILLED = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
    EventType.EVENT_TYPE_TIMER_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
}
"""One billed Action each on Temporal Cloud. A continue-as-new is the start of the next run."""


OF_VIRTUAL_TIME = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
}
"""What winding a clock forward leaves in a history; real time leaves nothing."""


class Cost(Message):
    """Events and workflow tasks of a history, the Actions it is billed, and its size in bytes."""

    events: int
    workflow_tasks: int
    actions: int
    bytes: int


def cost_of(history: WorkflowHistory) -> Cost:
    """Count a whole history.

    Retries of an activity are one Action each. Queries and heartbeats leave no event: the paths
    counted here send no query, and their activities end before a first heartbeat.
    """
    events = [event for event in history.events if event.event_type not in OF_VIRTUAL_TIME]
    kinds = Counter(event.event_type for event in events)
    retries = sum(
        event.activity_task_started_event_attributes.attempt - 1
        for event in events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED
    )
    return Cost(
        events=len(events),
        workflow_tasks=kinds[EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED],
        actions=sum(kinds[kind] for kind in BILLED) + retries,
        bytes=sum(event.ByteSize() for event in events),
    )
