"""Reads open runs from Temporal, without a query and without an Action."""

from collections.abc import AsyncIterator, Iterable

from temporalio.api.common.v1 import WorkflowExecution as Execution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest
from temporalio.client import Client, WorkflowExecution

from standfast.health.limits import RPC_LIMIT
from standfast.incidents import names

_TASK_FAILED = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
_TASK_COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
_EVENTS_AT_ONCE = 50


def open_runs(client: Client, task_queue: str, condition: str) -> AsyncIterator[WorkflowExecution]:
    """Open incidents of a task queue for which a condition of Temporal's visibility holds."""
    query = " AND ".join(
        (
            f'WorkflowType = "{names.WORKFLOW}"',
            'ExecutionStatus = "Running"',
            f'TaskQueue = "{task_queue}"',
            condition,
        )
    )
    return client.list_workflows(query, rpc_timeout=RPC_LIMIT)


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
    return [
        f"{activity.activity_type.name} fails (attempt {activity.attempt}): "
        f"{activity.last_failure.message}"
        for activity in run.raw_description.pending_activities
        if activity.HasField("last_failure")
    ]
