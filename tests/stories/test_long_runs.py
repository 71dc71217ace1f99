"""An action that is refused in the moment in which a run becomes too long changes nothing in it.

A refused update is not in the history, but it wakes the run, and in a replay nothing will: what the
flow waits for must not come true by that alone.
"""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.update.v1 import UpdateRef
from temporalio.api.workflowservice.v1 import PollWorkflowExecutionUpdateRequest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, Worker

from standfast.hosting.incident_worker import incident_worker
from standfast.hosting.plugin import standfast_plugin
from standfast.hosting.wiring import build_activities
from standfast.incidents.review_steps import MOST_ACTIONS
from standfast.intake.reviewing import ask_for_review
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore
from tests.conftest import virtual_time
from tests.empty_records import empty_records
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import Desk, Ticket, open_desk, until
from tests.stories.reviewing import Reviewing
from workflows.incident import IncidentWorkflow

QUEUE = "long-runs"
LONG = 80
"""Events with which a run has become long, on this test's server."""

OF_A_REASSIGNMENT = 8
"""Events from the signal up to the task in which its activity's answer is there."""

_ANSWERED = EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED


@pytest.fixture(scope="module")
async def short_runs() -> AsyncIterator[WorkflowEnvironment]:
    async with virtual_time(None, f"limit.historyCount.suggestContinueAsNew={LONG}") as env:
        yield env


async def test_refused_action_as_a_run_becomes_long(
    short_runs: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    """The task that makes it long brings a refused action and the end of another's activity."""
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    client, records = short_runs.client, RecordStore(empty_records(tmp_path / "records.db"))
    desk = Desk(short_runs, QUEUE, policy, records, sink, tmp_path)
    activities = build_activities(policy, records, data=tmp_path)
    reassign = [each for each in activities if each.__name__ == "reassign"]
    others = [each for each in activities if each not in reassign]
    with ThreadPoolExecutor(20) as threads:
        async with incident_worker(client, others, task_queue=QUEUE, activity_executor=threads):
            ticket = await desk.report("Wiki crashed", service="wiki")
            await ticket.reaches_resolve()
            run = (await ticket.handle.describe()).run_id
            while await _events(ticket) < LONG - OF_A_REASSIGNMENT:
                await ticket.signal("comment", by="ana", text="looking")
                await ticket.settles()
            answered = await _events(ticket, _ANSWERED)
            await ticket.signal("reassign", by="ana", team="desk")
            await until("the reassignment is asked for", lambda: _asked(ticket))
        async with Worker(client, task_queue=QUEUE, activities=reassign, activity_executor=threads):
            await until("it is answered", lambda: _more_than(ticket, answered))
        refused = asyncio.create_task(
            ticket.handle.execute_update("resume", {"by": "ana"}, id="refused")
        )
        await until("the action is with the server", lambda: _is_there(ticket, "refused"))
        async with incident_worker(client, activities, task_queue=QUEUE, activity_executor=threads):
            with pytest.raises(WorkflowUpdateFailedError):
                await refused
            await ticket.act("comment", by="ana", text="and it goes on")
            await ticket.settles()
    records.close()
    history = await client.get_workflow_handle(ticket.id, run_id=run).fetch_history()
    replayer = Replayer(workflows=[IncidentWorkflow], plugins=[standfast_plugin()], debug_mode=True)
    result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    assert result.replay_failure is None


async def _events(ticket: Ticket, kind: "EventType.ValueType | None" = None) -> int:
    events = (await ticket.handle.fetch_history()).events
    return sum(kind is None or event.event_type == kind for event in events)


async def _asked(ticket: Ticket) -> bool:
    run = (await ticket.handle.describe()).raw_description
    return any(each.activity_type.name == "reassign" for each in run.pending_activities)


async def _more_than(ticket: Ticket, answered: int) -> bool:
    return await _events(ticket, _ANSWERED) > answered


async def _is_there(ticket: Ticket, update_id: str) -> bool:
    """Whether the server knows of the update; no worker has seen it."""
    execution = WorkflowExecution(workflow_id=ticket.id)
    request = PollWorkflowExecutionUpdateRequest(
        namespace=ticket.client.namespace,
        update_ref=UpdateRef(workflow_execution=execution, update_id=update_id),
    )
    try:
        await ticket.client.workflow_service.poll_workflow_execution_update(request)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True


async def test_a_review_goes_on_in_a_new_run_and_loses_no_step(
    short_runs: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(short_runs, policy, sink, tmp_path) as desk:
        ticket = await desk.report("Wiki crashed", service="wiki")
        await ticket.reaches_resolve()
        await ticket.act("withdraw", by="rita", reason="works again")
        await ticket.closes()
        view = desk.records.incidents.get(ticket.id)
        assert view
        await ask_for_review(desk.records, view, by="lea", why="", at=datetime.now(UTC))
        review = Reviewing(desk, ticket.id)
        await review.begins()
        first = (await review.handle.describe()).run_id
        far = (datetime.now(UTC) + timedelta(days=60)).isoformat()
        together = [
            review.does("add_action", title=f"item {each}", owner="ben", due=far)
            for each in range(5)
        ]
        await asyncio.gather(*together)
        count = len(together)
        while (await review.handle.describe()).run_id == first:
            assert count < MOST_ACTIONS, "it would have been long by then"
            await review.does("add_action", title=f"item {count}", owner="ben", due=far)
            count += 1
        await review.does("assign", owner="lea")
        assert len(review.now().open_actions) == count
        assert review.now().owner == "lea"
