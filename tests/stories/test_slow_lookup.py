"""What people do while it is looked up who is on call, after a clock ran out."""

from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import WorkflowUpdateStage
from temporalio.testing import WorkflowEnvironment

from standfast.incidents.flowchart import Box
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import open_desk
from tests.stories.slow_lookup import SlowLookup


async def test_who_acknowledges_meanwhile_keeps_the_targets(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = SlowLookup(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
        await ticket.reaches_resolve()
        again = await ticket.due("again")
        policy.hold_next()
        until_then = again - await ticket.now()
        await ticket.wait(seconds=until_then.total_seconds() + 1)
        await policy.is_waiting()

        await ticket.act("acknowledge", by="ana")
        policy.goes_on.set()
        await ticket.settles()
        assert await ticket.due("warn that time runs out")
        assert len(desk.paged()) == 1
        await ticket.wait_until(await ticket.due("not resolved in time: escalate"))
        assert await ticket.told("target_missed")


async def test_who_puts_it_on_hold_meanwhile_finds_its_pages_paused(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = SlowLookup(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
        await ticket.reaches_resolve()
        until_then = await ticket.due("again") - await ticket.now()
        policy.hold_next()
        await ticket.wait(seconds=until_then.total_seconds() + 1)
        await policy.is_waiting()

        await ticket.act("hold", by="ana", reason="vendor")
        policy.goes_on.set()
        await ticket.settles()
        await ticket.wait(minutes=30)
        assert len(desk.paged()) == 1
        await ticket.act("resume", by="ana")
        await ticket.told("page_sent", times=2)
        assert await ticket.due("escalate to L2") - await ticket.now() < timedelta(hours=1)


@pytest.mark.parametrize("by_signal", [False, True], ids=["update", "signal"])
async def test_who_acknowledges_in_the_moment_of_the_escalation_has_it(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path, by_signal: bool
) -> None:
    policy = SlowLookup(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
        await ticket.reaches_resolve()
        policy.hold_next()
        await ticket.act("escalate", by="ben")
        await policy.is_waiting()
        if by_signal:
            await ticket.signal("acknowledge", by="ana")
        else:
            accepted = WorkflowUpdateStage.ACCEPTED
            await ticket.handle.start_update("acknowledge", {"by": "ana"}, wait_for_stage=accepted)

        policy.goes_on.set()
        view = await ticket.reaches(Box.RESOLVE, acknowledged_by="ana")
        assert not [entry for entry in view.timeline if entry.event == "refused"]
        assert view.tier == 2
