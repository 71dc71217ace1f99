"""Months of waiting, thousands of comments, and the parts of the world that are away."""

import asyncio
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.testing import WorkflowEnvironment

from standfast.incidents.flowchart import Box
from standfast.policy_file.source import PolicySource
from tests.http_sink import HttpSink
from tests.patience import PATIENCE
from tests.stories.company import write_policy
from tests.stories.desk import Desk, Ticket, open_desk, until


async def _comments(ticket: Ticket, count: int, size: int) -> None:
    for number in range(count):
        await ticket.signal("comment", by="ana", text=f"{number} " + "x" * size)


@pytest.mark.parametrize("stage", [Box.RESOLVE, Box.ISSUE_RESOLVED, Box.FOLLOW_UP])
async def test_goes_on_in_a_new_run_from_where_it_stands(desk: Desk, stage: Box) -> None:
    """More comments than one run may carry: nothing is lost, done twice, or waits anew."""
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    if stage is not Box.RESOLVE:
        await ticket.act("acknowledge", by="ana")
        await ticket.act("resolve", by="ana", summary="restarted it", workaround=True)
        await ticket.told("confirm_sent")
    if stage is Box.FOLLOW_UP:
        await ticket.act("verify", by="rita", verdict="resolved")
        await ticket.reaches(Box.FOLLOW_UP)
    before = await ticket.view()
    first_run = (await ticket.handle.describe()).run_id
    sent = len(desk.sink.requests)
    await _comments(ticket, 60, 9_000)
    while (await ticket.handle.describe()).run_id == first_run:
        await ticket.signal("comment", by="ana", text="x" * 9_000)
    after = await ticket.view()
    assert after.stage is stage
    assert after.path == before.path
    assert after.decisions == before.decisions
    assert [wait.until for wait in after.waiting_for] == [wait.until for wait in before.waiting_for]
    assert len(desk.sink.requests) == sent
    await ticket.act("withdraw", by="rita")
    await ticket.closes()
    record = desk.records.incidents.get(ticket.id)
    assert record is not None
    numbers = [entry.number for entry in record.timeline]
    assert numbers == list(range(1, len(numbers) + 1))
    comments = [entry.detail for entry in record.timeline if entry.event == "comment"]
    assert [text.split()[0] for text in comments[:60]] == [str(number) for number in range(60)]


async def test_waits_for_an_approval_in_a_new_run_as_before(desk: Desk) -> None:
    """Nobody is asked anew, the clocks go on, and who was delegated to may still answer."""
    ticket = await desk.report("Printer press is dead", service="press")
    await ticket.told("approve_sent")
    await ticket.act("delegate", by="dan", to="max")
    await ticket.told("approve_sent", times=2)
    before = await ticket.view()
    first_run = (await ticket.handle.describe()).run_id
    while (await ticket.handle.describe()).run_id == first_run:
        await _comments(ticket, 10, 9_000)
    after = await ticket.view()
    assert after.stage is Box.AUTOMATED_RESOLUTION
    assert after.approval == before.approval
    assert after.waiting_for == before.waiting_for
    assert len(desk.sink.requests) == 2
    await ticket.wait(minutes=51)
    await ticket.told("approve_sent", times=2)
    await ticket.act("approve", by="max")
    await ticket.closes()
    assert (desk.place / f"press-{ticket.id}").exists()


async def _timers_fired(ticket: Ticket) -> int:
    history = await ticket.handle.fetch_history()
    return sum(event.event_type == EventType.EVENT_TYPE_TIMER_FIRED for event in history.events)


@pytest.mark.parametrize(
    ("action", "payload", "stage", "tier"),
    [
        ("acknowledge", {"by": "ana"}, Box.RESOLVE, 1),
        ("hold", {"by": "ana", "reason": "user"}, Box.RESOLVE, 1),
        ("resolve", {"by": "ana", "summary": "restarted it"}, Box.ISSUE_RESOLVED, 1),
        ("reprioritise", {"by": "ana", "impact": "low", "urgency": "low"}, Box.RESOLVE, 2),
        ("comment", {"by": "ana", "text": "I am on it"}, Box.RESOLVE, 2),
    ],
)
async def test_somebody_acts_in_the_moment_in_which_a_clock_runs_out(
    env: WorkflowEnvironment,
    sink: HttpSink,
    tmp_path: Path,
    action: str,
    payload: dict[str, str],
    stage: Box,
    tier: int,
) -> None:
    """No worker runs: the clock runs out, somebody acts, and the next worker sees both at once."""
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
        await ticket.reaches_resolve()
        await ticket.wait(minutes=7)
        await ticket.told("page_sent", times=2)
        await ticket.wait(minutes=6)
        await ticket.told("page_sent", times=3)
    fired = await _timers_fired(ticket)
    winding = asyncio.create_task(ticket.wait(minutes=5))

    async def clock_ran_out() -> bool:
        return await _timers_fired(ticket) > fired

    await until("the clock runs out", clock_ran_out)
    await ticket.signal(action, **payload)
    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = desk.ticket(ticket.id)
        await asyncio.wait_for(winding, PATIENCE)
        await ticket.reaches(stage, tier=tier)
        await ticket.act("withdraw", by="rita")
        await ticket.closes()


@pytest.mark.parametrize(
    ("action", "ends_in"), [("approve", Box.CLOSE), ("deny", Box.RESOLVE), ("", Box.RESOLVE)]
)
@pytest.mark.parametrize("reminded", [True, False])
async def test_somebody_answers_in_the_moment_in_which_the_wait_for_them_ends(
    env: WorkflowEnvironment,
    sink: HttpSink,
    tmp_path: Path,
    action: str,
    ends_in: Box,
    reminded: bool,
) -> None:
    """An answer in the last moment counts, and after an answer nobody is reminded."""
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    if not reminded:
        text = policy.path.read_text().replace("remind_every: 50m", "remind_every: 3h")
        policy.path.write_text(text)
    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = await desk.report("Printer press is dead", service="press")
        await ticket.told("approve_sent")
    fired = await _timers_fired(ticket)
    winding = asyncio.create_task(ticket.wait(minutes=51 if reminded else 121))

    async def clock_ran_out() -> bool:
        return await _timers_fired(ticket) > fired

    await until("the clock runs out", clock_ran_out)
    if action:
        await ticket.signal(action, by="dan")
    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = desk.ticket(ticket.id)
        await asyncio.wait_for(winding, PATIENCE)
        if reminded and not action:
            await ticket.told("approve_sent", times=2)
            await ticket.act("deny", by="dan")
        if action != "approve":
            await ticket.reaches(ends_in)
            await ticket.act("withdraw", by="rita")
        await ticket.closes()
        record = desk.records.incidents.get(ticket.id)
    assert record is not None
    assert ends_in in record.path
    asked = [entry.event for entry in record.timeline].count("approve_sent")
    assert asked == (1 if action or not reminded else 2)
