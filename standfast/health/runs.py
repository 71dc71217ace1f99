"""Reads open runs from Temporal, without a query and without an Action."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from temporalio.api.common.v1 import WorkflowExecution as Execution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionDescription

from standfast.health.limits import RPC_LIMIT
from standfast.incidents import names
from standfast.incidents.flowchart import Box
from standfast.lookup.failure_messages import message_of
from standfast.lookup.overview import open_query

_TASK_FAILED = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
_TASK_COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
_EVENTS_AT_ONCE = 50


class NextTimer(NamedTuple):
    """When a run's next timer fires, None where none is pending, and its last event then."""

    at: datetime | None
    last_event: int


def stuck_runs(client: Client, task_queue: str) -> AsyncIterator[WorkflowExecution]:
    """Open incidents and reviews of a task queue whose workflow task the server reports as failing.

    Temporal's SQLite reads all open workflows for it.
    """
    query = " AND ".join(
        (
            names.RUNNING,
            f'TaskQueue = "{task_queue}"',
            f"{names.REPORTED_PROBLEMS.name} IS NOT NULL",
        )
    )
    return client.list_workflows(query, rpc_timeout=RPC_LIMIT)


async def reported_runs(
    client: Client, task_queue: str, before: datetime
) -> AsyncIterator[WorkflowExecution]:
    """Open incidents of a task queue in the first box that were to begin before then."""
    query = open_query({names.STAGE.name: Box.REPORT, "TaskQueue": task_queue})
    async for run in client.list_workflows(query, rpc_timeout=RPC_LIMIT):
        # As a condition of the query it would have SQLite read all open workflows.
        if (run.execution_time or run.start_time) < before:
            yield run


async def is_picked_up(client: Client, incident_id: str, run_id: str) -> bool:
    """Whether a worker has completed the first workflow task of a run, or failed it."""
    page = await client.workflow_service.get_workflow_execution_history(
        GetWorkflowExecutionHistoryRequest(
            namespace=client.namespace,
            execution=Execution(workflow_id=incident_id, run_id=run_id),
            maximum_page_size=_EVENTS_AT_ONCE,
        ),
        timeout=RPC_LIMIT,
    )
    ends = (_TASK_COMPLETED, _TASK_FAILED)
    return any(event.event_type in ends for event in page.history.events)


async def failing_activities(client: Client, incident_id: str) -> Iterable[str]:
    """The error of each pending activity of an incident that has failed before, in words."""
    run = await client.get_workflow_handle(incident_id).describe(rpc_timeout=RPC_LIMIT)
    return await failing_of(client, run)


async def failing_of(
    client: Client, run: WorkflowExecutionDescription, attempts: int = 1
) -> list[str]:
    """The same of a run that is described, for those that have failed at least so often."""
    return [
        f"{activity.activity_type.name} fails (attempt {activity.attempt}): "
        f"{await message_of(client, run.id, activity.last_failure)}"
        for activity in run.raw_description.pending_activities
        if activity.HasField("last_failure") and activity.attempt > attempts
    ]


async def next_timer(client: Client, run: WorkflowExecutionDescription) -> NextTimer:
    """The timer of a run that fires first, by its history."""
    due: dict[int, datetime] = {}
    last = 0
    handle = client.get_workflow_handle(run.id, run_id=run.run_id)
    async for event in handle.fetch_history_events(rpc_timeout=RPC_LIMIT):
        last = event.event_id
        if event.event_type == EventType.EVENT_TYPE_TIMER_STARTED:
            lasts = event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
            due[event.event_id] = event.event_time.ToDatetime(UTC) + lasts
        elif event.event_type == EventType.EVENT_TYPE_TIMER_FIRED:
            due.pop(event.timer_fired_event_attributes.started_event_id, None)
        elif event.event_type == EventType.EVENT_TYPE_TIMER_CANCELED:
            due.pop(event.timer_canceled_event_attributes.started_event_id, None)
    return NextTimer(min(due.values(), default=None), last)
