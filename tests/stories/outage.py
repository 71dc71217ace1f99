"""Hours in which nobody runs Standfast: neither its worker nor, for all it knows, its server."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from temporalio.common import WorkflowIDConflictPolicy
from temporalio.testing import WorkflowEnvironment

from standfast.incidents import names
from tests.stories.desk import Ticket
from workflows.case import Case
from workflows.incident import IncidentWorkflow

_LONG = "x" * 9_000


class Left(NamedTuple):
    """An incident as it was when the last worker left: at `moment`, its virtual time."""

    incident_id: str
    task_queue: str
    case: Case
    moment: datetime


async def leaves(ticket: Ticket, task_queue: str) -> Left:
    """Let the incident go on in a new run, and keep what that run begins with.

    Signals that make no sense make it long without touching anything else.
    """
    await ticket.settles()
    before = (await ticket.handle.describe()).run_id
    while (await ticket.handle.describe()).run_id == before:
        for _ in range(10):
            await ticket.signal("comment", **{_LONG: ""})
    await ticket.settles()
    history = await ticket.handle.fetch_history()
    payloads = history.events[0].workflow_execution_started_event_attributes.input.payloads
    [case] = await ticket.client.data_converter.decode(payloads, [Case])
    return Left(ticket.id, task_queue, case, await ticket.now())


async def nobody_runs_it(env: WorkflowEnvironment, left: Left, **span: float) -> None:
    """So much virtual time passes before a worker may take that run up.

    A pending workflow task keeps the server from winding time on; a run that begins later does not.
    """
    report, episode = left.case.report, left.case.episode
    delay = left.moment + timedelta(**span) - datetime.now(UTC)
    handle = await env.client.start_workflow(
        IncidentWorkflow.run,
        left.case,
        id=left.incident_id,
        task_queue=left.task_queue,
        start_delay=delay,
        id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
        memo=names.memo(report.title, episode, left.moment),
    )
    await env.fast_forward(handle, delay)
