"""What Temporal says of open runs, without a query and without an Action."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from temporalio.api.common.v1 import WorkflowExecution as Execution
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import (
    GetWorkflowExecutionHistoryRequest,
    GetWorkflowExecutionHistoryReverseRequest,
)
from temporalio.client import Client, WorkflowExecution

from health.limits import RPC_LIMIT
from incidents import names

_TASK_FAILED = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
_TASK_COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
_EVENTS_AT_ONCE = 50


class Failure(NamedTuple):
    """The failed workflow task that a run's history ends with.

    cause: Temporal's word, such as `NON_DETERMINISTIC_ERROR`; message: of the error itself.
    """

    at: datetime
    cause: str
    message: str

    @property
    def differs(self) -> bool:
        """Whether the code at work does other things than the history says were done."""
        return self.cause == "NON_DETERMINISTIC_ERROR"


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


async def last_failure(client: Client, incident_id: str, run_id: str) -> Failure | None:
    """Why the workflow task of a run fails; None where its history says nothing of it.

    Only the first failure of a task is in the history: the later attempts failed like it.
    """
    token = b""
    while True:
        page = await client.workflow_service.get_workflow_execution_history_reverse(
            GetWorkflowExecutionHistoryReverseRequest(
                namespace=client.namespace,
                execution=Execution(workflow_id=incident_id, run_id=run_id),
                maximum_page_size=_EVENTS_AT_ONCE,
                next_page_token=token,
            ),
            timeout=RPC_LIMIT,
        )
        for event in page.history.events:
            if event.event_type == _TASK_FAILED:
                return _failure(event)
            if event.event_type == _TASK_COMPLETED:
                return None
        token = page.next_page_token
        if not token:
            return None


async def is_taken_up(client: Client, incident_id: str, run_id: str) -> bool:
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
    """What each pending activity of an incident that has failed before says, in words."""
    run = await client.get_workflow_handle(incident_id).describe(rpc_timeout=RPC_LIMIT)
    return [
        f"{activity.activity_type.name} fails (attempt {activity.attempt}): "
        f"{activity.last_failure.message}"
        for activity in run.raw_description.pending_activities
        if activity.HasField("last_failure")
    ]


def _failure(event: HistoryEvent) -> Failure:
    failed = event.workflow_task_failed_event_attributes
    cause = WorkflowTaskFailedCause.Name(failed.cause)
    return Failure(
        at=event.event_time.ToDatetime(tzinfo=UTC),
        cause=cause.removeprefix("WORKFLOW_TASK_FAILED_CAUSE_"),
        message=failed.failure.message,
    )
