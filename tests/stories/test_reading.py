"""An incident is read without a query and without a worker, and queries of others do no harm."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker

from standfast.hosting.plugin import standfast_plugin
from standfast.incidents import names
from standfast.incidents.flowchart import Box
from standfast.incidents.ids import incident_id
from standfast.incidents.record import IncidentView, LookupResult, TimelineEntry
from standfast.incidents.report import Report
from standfast.intake.errors import Unavailable
from standfast.lookup.lookup import Lookup
from standfast.lookup.run_snapshot import RunReader
from standfast.policy_file.source import PolicySource
from standfast.records.projections import projection_of
from standfast.records.store import RecordStore
from tests.empty_records import empty_records
from tests.http_sink import HttpSink
from tests.records.samples import incident
from tests.stories.company import write_policy
from tests.stories.desk import Desk, Ticket, open_desk, until
from workflows.case import Case
from workflows.incident import IncidentWorkflow

AWAY = "sqlite:////dev/null/records.db"
"""No database can be where a device is."""

METADATA = "__temporal_workflow_metadata"
"""What Temporal's Web UI asks when the page of a run is opened."""

OURS = ("activities", "benchmarks", "standfast")
ASK = ("benchmarks/stuck", "standfast/incidents/names.py")
"""What asks as others would, and what names the questions."""


@pytest.fixture
def policy(tmp_path: Path, sink: HttpSink) -> PolicySource:
    return PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))


def test_nothing_of_ours_queries_a_run() -> None:
    root = Path(__file__).parents[2]
    asks = re.compile(r"\.query\(|QUERY_(INCIDENT|TIMELINE)|QueryWorkflow")
    asking = [
        path.relative_to(root)
        for room in OURS
        for path in (root / room).rglob("*.py")
        if asks.search(path.read_text()) and not str(path.relative_to(root)).startswith(ASK)
    ]
    assert asking == []


async def _task_of(desk: Desk, ticket: Ticket) -> int:
    projection = desk.records.projections.get(ticket.id)
    return projection.task if projection else 0


async def test_projection_and_history_tell_what_a_query_would(desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    await ticket.act("comment", by="ana", text="on my way")
    from_history = await Lookup(desk.client, RecordStore(AWAY)).find(ticket.id)
    await until("it is projected", lambda: _is_projected(desk, ticket))
    from_projection = await Lookup(desk.client, desk.records).find(ticket.id)
    asked = await ticket.handle.query(names.QUERY_INCIDENT, result_type=IncidentView)
    assert from_history == from_projection == LookupResult(asked)
    await ticket.act("withdraw", by="rita")


async def _is_projected(desk: Desk, ticket: Ticket) -> bool:
    reading = await desk.lookup.snapshot(ticket.id)
    return reading is not None and await _task_of(desk, ticket) == reading.task


async def test_no_worker_is_needed_to_read(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path, policy: PolicySource
) -> None:
    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = await desk.report("Wiki crashed", service="wiki")
        before = await ticket.reaches_resolve()
    records = RecordStore(empty_records(tmp_path / "records.db"))
    found = await Lookup(env.client, records).find(ticket.id)
    assert (found.view.stage, found.notes) == (Box.RESOLVE, ())
    assert [wait.what for wait in found.view.waiting_for] == [w.what for w in before.waiting_for]

    # Somebody acts while no worker runs: it stands as before, and the reader is told so.
    await ticket.signal("comment", by="ana", text="anybody there?")
    for store in (records, RecordStore(AWAY)):
        lookup = Lookup(env.client, store, taken_up_within=timedelta())
        later = await lookup.find(ticket.id)
        assert later.view == found.view
        assert [note for note in later.notes if "no worker has picked up" in note]
    await ticket.handle.terminate()
    ended = await Lookup(env.client, records).find(ticket.id)
    assert (ended.view.status, ended.view.waiting_for) == ("closed", ())
    assert ended.notes == ("not on record: its run in Temporal is terminated",)
    records.close()


async def test_a_projection_that_is_behind_is_noticed(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path, policy: PolicySource
) -> None:
    """The worker dies between a task and its projection: the history tells what came since."""
    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = await desk.report("Wiki crashed", service="wiki")
        await ticket.reaches_resolve()
        await until("it is projected", lambda: _is_projected(desk, ticket))
        old = await _task_of(desk, ticket)
    async with open_desk(env, policy, sink, tmp_path, projecting=False) as desk:
        ticket = desk.ticket(ticket.id)
        await ticket.act("acknowledge", by="ana")
        assert await _task_of(desk, ticket) == old
        found = await desk.lookup.find(ticket.id)
        assert (found.view.acknowledged_by, found.notes) == ("ana", ())
    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = desk.ticket(ticket.id)
        await ticket.act("comment", by="ana", text="on it")
        await until("it is projected", lambda: _is_projected(desk, ticket))
        assert await _task_of(desk, ticket) > old
        await ticket.act("withdraw", by="rita")
        await ticket.closes()
        assert await _task_of(desk, ticket) == 0


async def test_a_refused_action_leaves_the_projection_good(desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    await until("it is projected", lambda: _is_projected(desk, ticket))
    with pytest.raises(Exception, match="no runbook waits"):
        await ticket.act("approve", by="dan")
    assert await _is_projected(desk, ticket)
    await ticket.act("withdraw", by="rita")


@pytest.mark.parametrize("query", [METADATA, names.QUERY_INCIDENT, names.QUERY_TIMELINE])
async def test_queries_of_others_are_answered_at_any_moment_and_harm_nothing(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path, policy: PolicySource, query: str
) -> None:
    """Asked while no worker runs, while a clock runs out and somebody acts; and then again."""
    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = await desk.report("Wiki crashed", service="wiki")
        await ticket.reaches_resolve()
        for number in range(3):
            assert await ticket.handle.query(query)
            await ticket.act("comment", by="ana", text=f"look {number}")
    asked = asyncio.create_task(ticket.handle.query(query, rpc_timeout=timedelta(seconds=50)))
    winding = asyncio.create_task(ticket.wait(hours=1))
    acting = asyncio.create_task(ticket.act("comment", by="ana", text="still there"))
    async with open_desk(env, policy, sink, tmp_path) as desk:
        assert await asked
        await asyncio.gather(winding, acting)
        ticket = desk.ticket(ticket.id)
        assert await ticket.handle.query(query)
        await ticket.act("withdraw", by="rita")
        await ticket.closes()
        assert await ticket.handle.query(query)
    await _replays(ticket.handle)


async def _replays(handle: WorkflowHandle[object, object]) -> None:
    replayer = Replayer(workflows=[IncidentWorkflow], plugins=[standfast_plugin()], debug_mode=True)
    await replayer.replay_workflow(await handle.fetch_history())


@workflow.defn(name=names.WORKFLOW, sandboxed=False)
class AnotherVersion:
    """Decides otherwise than this version would: it only waits."""

    @workflow.run
    async def run(self, case: Case) -> None:
        await workflow.sleep(timedelta(days=1))


async def test_what_another_version_decided_is_told_as_far_as_it_is_known(
    env: WorkflowEnvironment, tmp_path: Path
) -> None:
    identity = incident_id()
    case = Case(report=Report(title="Wiki crashed"))
    records = RecordStore(empty_records(tmp_path / "records.db"))
    async with Worker(
        env.client,
        task_queue=identity,
        workflows=[AnotherVersion],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        handle = await env.client.start_workflow(
            names.WORKFLOW, case, id=identity, task_queue=identity
        )

        async def waits() -> bool:
            events = (await handle.fetch_history()).events
            return any(event.HasField("timer_started_event_attributes") for event in events)

        await until("it waits", waits)
    [run] = [await handle.describe()]

    found = await Lookup(env.client, records).find(identity)
    assert found.view.title == "Wiki crashed"
    [note] = found.notes
    assert "this version of Standfast cannot replay its history to the end" in note

    told = incident(identity).model_copy(update={"status": "open", "closed_at": None})
    records.projections.keep([projection_of(told, run.run_id, 1, run.start_time)])
    found = await Lookup(env.client, records).find(identity)
    assert found.view == told
    assert found.notes[0].startswith("state of ")
    await handle.terminate()
    records.close()


async def test_a_history_that_nobody_here_can_begin_is_said_to_be_so(
    env: WorkflowEnvironment,
) -> None:
    identity = incident_id()
    async with Worker(env.client, task_queue=identity, workflows=[_Other]):
        handle = await env.client.start_workflow("Other", id=identity, task_queue=identity)
        await handle.result()
    run = await handle.describe()
    with pytest.raises(Unavailable, match=f"{identity} cannot be read: .* version"):
        await RunReader(env.client, RecordStore(AWAY)).read(identity, run.run_id)


@workflow.defn(name="Other", sandboxed=False)
class _Other:
    @workflow.run
    async def run(self) -> list[TimelineEntry]:
        return []
