"""Incidents whose histories are encrypted: the same story, and nobody reads it in Temporal."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.api.common.v1 import Payload, Payloads, WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHistory
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, WorkflowReplayResult

from benchmarks.counting import cost_of
from standfast.encryption.key_ring import KeyRing
from standfast.erasure.erasing import Eraser
from standfast.hosting.plugin import pass_through
from standfast.incidents.flowchart import Box
from standfast.intake.errors import NoSuchIncident, Refused
from standfast.lookup.overview import summary_of
from standfast.lookup.stuck import last_failure
from standfast.policy_file.source import PolicySource
from tests.benchmarks.test_cost import BUDGETS
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import Desk, encrypting, open_desk, until
from tests.stories.paths import PATHS
from workflows.incident import IncidentWorkflow

RING = KeyRing([b"k" * 32])
OTHER_RING = KeyRing([b"o" * 32])
_TASK_FAILED = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED


@pytest.fixture
async def sealed(env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk that encrypts what Temporal stores."""
    policy = write_policy(tmp_path / "policy.yaml", sink.address, tmp_path)
    async with open_desk(env, PolicySource(policy), sink, tmp_path, ring=RING) as desk:
        yield desk


async def stored(desk: Desk, incident_id: str) -> bytes:
    """All that Temporal has of an incident: its history, its memo, its search attributes."""
    handle = desk.client.get_workflow_handle(incident_id)
    run = (await handle.describe()).raw_description
    events = (await handle.fetch_history()).events
    return b"".join(each.SerializeToString() for each in [run, *events])


async def test_the_human_path_costs_no_event_more_and_nothing_is_readable(sealed: Desk) -> None:
    ticket = await PATHS["human"](sealed)
    history = await ticket.handle.fetch_history()
    cost, budget = cost_of(history), BUDGETS["human"]
    assert (cost.events, cost.workflow_tasks) <= (budget.events, budget.workflow_tasks)
    assert cost.actions <= budget.actions
    assert cost.bytes <= 1.25 * budget.bytes

    seen = await stored(sealed, ticket.id)
    assert history.events[0].workflow_execution_started_event_attributes.input.payloads
    for said in ("Wiki crashed", "rita", "cleared the cache", "storyville"):
        assert said.encode() not in seen

    assert (await _replayed(sealed.client, history)).replay_failure is None


async def test_the_longest_report_fits_where_temporal_has_limits(sealed: Desk) -> None:
    """Summaries have 400 bytes there and details 20,000: encrypted they are larger."""
    ticket = await sealed.report("ü" * 300, description="ü" * 20_000, service="wiki")
    await ticket.reaches_resolve()
    await ticket.act("withdraw", by="rita", reason="ü" * 1_000)
    await ticket.closes()


async def test_a_plain_signal_of_the_temporal_command_is_understood(sealed: Desk) -> None:
    ticket = await sealed.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    plain = Payload(metadata={"encoding": b"json/plain"}, data=b'{"by": "ana"}')
    await sealed.client.workflow_service.signal_workflow_execution(
        SignalWorkflowExecutionRequest(
            namespace=sealed.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=ticket.id),
            signal_name="acknowledge",
            input=Payloads(payloads=[plain]),
        )
    )
    await ticket.reaches(Box.RESOLVE, acknowledged_by="ana")
    await ticket.act("withdraw", by="rita", reason="a test")


async def test_an_incident_from_before_goes_on_encrypted(desk: Desk) -> None:
    """Upgraded in place: its history begins in clear."""
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    client = encrypting(desk.client, desk.records, RING)
    await client.get_workflow_handle(ticket.id).signal(
        "comment", {"by": "ana", "text": "Mr Smith called"}
    )
    # The desk's own worker has no key: its task waits for one that has.
    assert b"Mr Smith" not in await stored(desk, ticket.id)


async def test_without_the_key_an_incident_waits_and_goes_on_when_it_is_back(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path, ring=RING) as desk:
        ticket = await desk.report("Wiki crashed", service="wiki")
        await ticket.reaches_resolve()
    async with open_desk(env, policy, sink, tmp_path, ring=OTHER_RING) as wrong:
        with_key = encrypting(env.client, wrong.records, RING)
        await with_key.get_workflow_handle(ticket.id).signal("acknowledge", {"by": "ana"})

        async def failed() -> bool:
            run_id = (await ticket.handle.describe()).run_id
            return await last_failure(wrong.client, ticket.id, run_id or "") is not None

        await until("its task fails", failed)
        run = await ticket.handle.describe()
        failure = await last_failure(wrong.client, ticket.id, run.run_id)
        assert failure
        assert f"encryption key {RING.current} is missing" in failure.message
        assert "STANDFAST_ENCRYPTION_KEY" in failure.message
        # A list has its line all the same.
        [listed] = [
            await summary_of(each)
            async for each in wrong.client.list_workflows(f'WorkflowId = "{ticket.id}"')
        ]
        assert (listed.incident_id, listed.title) == (ticket.id, "(cannot be decrypted)")
        # It waits, as nothing had happened to it: with the key its history goes on.
        assert run.status is WorkflowExecutionStatus.RUNNING
        history = await ticket.handle.fetch_history()
        assert (await _replayed(with_key, history)).replay_failure is None
        await ticket.handle.terminate()


async def _replayed(client: Client, history: WorkflowHistory) -> WorkflowReplayResult:
    replayer = Replayer(
        workflows=[IncidentWorkflow],
        data_converter=client.data_converter,
        workflow_runner=pass_through(None),
        debug_mode=True,
    )
    return await replayer.replay_workflow(history, raise_on_replay_failure=False)


async def _is_projected_no_more(desk: Desk, incident_id: str) -> None:
    async def gone() -> bool:
        return "projections" not in desk.records.erasing.counts(incident_id)

    await until("its projection is gone", gone)


async def test_erased_it_is_nowhere_and_its_id_tells_that(sealed: Desk, tmp_path: Path) -> None:
    key = f"{tmp_path} payroll"
    ticket = await sealed.report("Payroll of Mr Smith is wrong", service="wiki", dedup_key=key)
    await ticket.reaches_resolve()
    eraser = Eraser(
        sealed.client, sealed.records, tmp_path / "attachments", forgotten_after=timedelta()
    )
    with pytest.raises(Refused, match=f"{ticket.id} is open, and only closed"):
        await eraser.contents(ticket.id)
    await ticket.act("withdraw", by="rita", reason="a mistake")
    await ticket.closes()
    copy = await ticket.handle.fetch_history()
    attachment = tmp_path / "attachments" / ticket.id / "payslip.pdf"
    attachment.parent.mkdir(parents=True)
    attachment.touch()
    await _is_projected_no_more(sealed, ticket.id)
    found = await eraser.contents(ticket.id)
    assert (found.runs, found.files) == (1, 1)
    assert found.rows["records"] == 1

    [left] = await eraser.erase([ticket.id], "vera", "asked for by Mr Smith")

    assert (left.episode, left.outcome, left.by) == (1, "withdrawn", "vera")
    with pytest.raises(NoSuchIncident, match=r"was erased .* by vera: asked for by Mr Smith"):
        await sealed.lookup.find(ticket.id)
    assert sealed.records.erasing.counts(ticket.id) == {}
    assert not attachment.parent.exists()
    # Whoever has a copy of Temporal's database, and the key ring, reads nothing any more.
    payloads = copy.events[0].workflow_execution_started_event_attributes.input.payloads
    reader = encrypting(sealed.client, sealed.records, RING).data_converter
    with pytest.raises(Exception, match="was erased, and its key"):
        await reader.decode(payloads)

    files = b"".join(file.read_bytes() for file in tmp_path.glob("records.db*"))
    assert b"Mr Smith is" not in files
    # Reported again it is another incident, with a key of its own.
    fresh = await sealed.report("Wiki crashed", service="wiki", dedup_key=key)
    assert fresh.id == ticket.id
    await fresh.reaches_resolve()
    await fresh.act("withdraw", by="rita", reason="a test")
    await fresh.closes()


async def test_an_erased_person_is_named_nowhere_on_record(sealed: Desk, tmp_path: Path) -> None:
    ticket = await sealed.report("Wiki crashed", service="wiki", reporter="zacharias")
    await ticket.reaches_resolve()
    eraser = Eraser(
        sealed.client, sealed.records, tmp_path / "attachments", forgotten_after=timedelta()
    )
    found = await eraser.find_person("zacharias")
    assert found.open == [ticket.id]
    with pytest.raises(Refused, match="named in open incidents, which need the name"):
        await eraser.erase_person("zacharias", found)
    await ticket.act("comment", by="ana", text="Zacharias called; not zachariasson")
    await ticket.act("withdraw", by="zacharias", reason="a mistake")
    await ticket.closes()

    pseudonym = await eraser.erase_person("zacharias", await eraser.find_person("zacharias"))

    view = sealed.records.incidents.get(ticket.id)
    assert view
    assert view.report.reporter == pseudonym
    [comment] = [entry for entry in view.timeline if entry.event == "comment"]
    assert comment.detail == f"{pseudonym} called; not zachariasson"
    assert (await eraser.find_person("zacharias")).closed == []
    # Its history named them too: it is gone, the record has what is known.
    assert (await sealed.lookup.find(ticket.id)).view.report.reporter == pseudonym
    assert json.loads(view.model_dump_json())["outcome"] == "withdrawn"
