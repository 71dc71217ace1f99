"""Why a run is stuck: the server reports a failing workflow task, the history says why."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from temporalio.api.common.v1 import WorkflowExecution as Execution
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client, WorkflowExecution

from standfast.incidents import names
from standfast.lookup.failure_messages import message_of
from standfast.lookup.replay_failure import in_short
from standfast.messages.message import short

_RPC_LIMIT = timedelta(seconds=10)
_EVENTS_AT_ONCE = 50
_TASK_FAILED = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
_TASK_COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED


class Failure(NamedTuple):
    """The failed workflow task that a run's history ends with.

    cause: Temporal's word, such as `NON_DETERMINISTIC_ERROR`; message: of the error itself.
    """

    at: datetime
    cause: str
    message: str

    @property
    def differs(self) -> bool:
        """Whether the worker's code gives other commands than the history has."""
        return self.cause == "NON_DETERMINISTIC_ERROR"


def is_failing(run: WorkflowExecution) -> bool:
    """Whether the server reports that the run's workflow task keeps failing."""
    return bool(run.typed_search_attributes.get(names.REPORTED_PROBLEMS))


async def why_stuck(client: Client, run: WorkflowExecution) -> str:
    """A note for people about a stuck run."""
    failure = await last_failure(client, run.id, run.run_id)
    if failure is None:
        return "it is stuck: its workflow task keeps failing"
    return f"it has been stuck since {short(failure.at)}: {failure.message}; see `standfast doctor`"


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
            timeout=_RPC_LIMIT,
        )
        for event in page.history.events:
            if event.event_type == _TASK_FAILED:
                return await _failure(client, incident_id, event)
            if event.event_type == _TASK_COMPLETED:
                return None
        token = page.next_page_token
        if not token:
            return None


async def _failure(client: Client, incident_id: str, event: HistoryEvent) -> Failure:
    failed = event.workflow_task_failed_event_attributes
    cause = WorkflowTaskFailedCause.Name(failed.cause)
    return Failure(
        at=event.event_time.ToDatetime(tzinfo=UTC),
        cause=cause.removeprefix("WORKFLOW_TASK_FAILED_CAUSE_"),
        message=in_short(await message_of(client, incident_id, failed.failure)),
    )
