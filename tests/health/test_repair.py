"""A run that a query of somebody else has harmed, as it can happen where queries are not made safe.

Its worker is away; somebody asks it, a clock runs out, somebody acts; a worker comes. Temporal's
SDK replays it for the query beyond its last task, fires the clock, and then gets the real task: its
history is one that no code can follow (temporalio 1.35.0; the worker's eviction prevents it).
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from standfast.hosting.incident_worker import incident_worker
from standfast.hosting.wiring import build_activities
from standfast.incidents import names
from standfast.policy_file.source import PolicySource
from tests.health.wedged import (
    OUR_CODE,
    flagged,
    looks_until_nothing_is_found,
    nobody_works,
    repairer,
    watchdog,
)
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import Desk, Ticket, open_desk, until

INCIDENTS = 6
"""About three of four are harmed."""

pytestmark = pytest.mark.long


async def test_runs_that_a_query_has_harmed_are_repaired_without_anybody(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path) as desk:
        desk.amend(clocks={"P4": {"page_again_every": "6s"}})
    with nobody_works(desk) as desk:
        async with careless_worker(desk):
            tickets = [await desk.report("Wiki crashed", service="wiki") for _ in range(INCIDENTS)]
            for ticket in tickets:
                await ticket.told("page_sent")
        asked = [asyncio.create_task(query(ticket)) for ticket in tickets]
        await asyncio.gather(*(has_run_out(ticket) for ticket in tickets))
        acted = [asyncio.create_task(comment(ticket, "on my way")) for ticket in tickets]
        await asyncio.sleep(0.5)  # until the actions are with the server
        async with careless_worker(desk):
            await asyncio.gather(*asked, *acted)
        harmed = [ticket for ticket in tickets if await repairer(desk).diagnose(ticket.id)]
        assert harmed, "no run was harmed: is it mended in this release of temporalio?"
    paged = Counter(request.key for request in sink.taken)

    async with open_desk(env, policy, sink, tmp_path) as desk:
        for ticket in harmed:
            await desk.ticket(ticket.id).signal("comment", by="ben", text="any news?")
        await flagged(desk, len(harmed))
        await looks_until_nothing_is_found(watchdog(desk))
        for ticket in [desk.ticket(each.id) for each in harmed]:
            [repaired] = await ticket.told("repaired")
            assert repaired.actor == "watchdog"
            comments = [entry.detail for entry in await ticket.told("comment", 2)]
            assert sorted(comments) == ["any news?", "on my way"]
            assert await repairer(desk).diagnose(ticket.id) is None
    again = Counter(request.key for request in sink.taken)
    assert [key for key, times in paged.items() if again[key] > times] == []
    assert desk.pages_to("max") == []


@contextlib.asynccontextmanager
async def careless_worker(desk: Desk) -> AsyncIterator[None]:
    """A worker that does not begin anew after a query."""
    with ThreadPoolExecutor(5) as threads:
        worker = incident_worker(
            desk.client,
            build_activities(desk.policy, desk.records, data=desk.place),
            task_queue=desk.task_queue,
            evict_after_queries=False,
            identity=OUR_CODE,
            activity_executor=threads,
            max_concurrent_activities=5,
            graceful_shutdown_timeout=timedelta(seconds=10),
        )
        async with worker:
            yield


async def query(ticket: Ticket) -> None:
    """As the Web UI asks. It may get no answer."""
    with contextlib.suppress(RPCError):
        await ticket.handle.query(names.QUERY_INCIDENT, rpc_timeout=timedelta(seconds=30))


async def comment(ticket: Ticket, text: str) -> None:
    """As `standfast comment` does."""
    with contextlib.suppress(RPCError, WorkflowUpdateFailedError):
        payload = {"by": "ana", "text": text}
        await ticket.handle.execute_update("comment", payload, rpc_timeout=timedelta(seconds=30))


async def has_run_out(ticket: Ticket) -> None:
    """Wait until a clock has run out that nobody has taken notice of."""

    async def ran_out() -> bool:
        history = await ticket.handle.fetch_history()
        for event in reversed(history.events):
            if event.HasField("timer_fired_event_attributes"):
                return True
            if event.HasField("workflow_task_completed_event_attributes"):
                return False
        return False

    await until(f"{ticket.id}: a clock has run out", ran_out)
