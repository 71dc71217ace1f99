"""Before a deploy: which open incidents would the code at hand not go on with?"""

from standfast.hosting.replay_check import OpenRun, ReplayCheck, open_runs, replay_runs
from tests.hosting.changed_flow import ChangedWorkflow
from tests.stories.desk import Desk, Ticket, until


async def _waits_for_approval(desk: Desk) -> Ticket:
    ticket = await desk.report("Printer press is dead", service="press")
    await ticket.told("approve_sent")
    return ticket


async def _run(ticket: Ticket) -> OpenRun:
    return OpenRun(ticket.id, (await ticket.handle.describe()).run_id)


async def test_what_is_open_is_found_and_what_is_closed_is_not(desk: Desk) -> None:
    waiting, closed = await _waits_for_approval(desk), await desk.report("Wiki crashed")
    await closed.reaches_resolve()
    await closed.act("withdraw", by="rita")
    await closed.closes()

    async def all_but_the_closed() -> dict[str, OpenRun] | None:
        found = {run.workflow_id: run for run in await open_runs(desk.client, desk.task_queue)}
        return None if closed.id in found else found

    # Temporal's list is a moment behind.
    found = await until("what has closed is not found", all_but_the_closed)
    assert found[waiting.id] == await _run(waiting)


async def test_the_same_code_goes_on_with_all_and_what_a_changed_flow_cannot_is_told(
    desk: Desk,
) -> None:
    tickets = [await _waits_for_approval(desk), await desk.report("Wiki crashed", service="wiki")]
    await tickets[1].reaches_resolve()
    runs = [await _run(ticket) for ticket in tickets] * 3  # more than are fetched ahead
    before_the_change, behind_it = runs[:2]

    same = [one async for one in replay_runs(desk.client, runs)]
    changed = [one async for one in replay_runs(desk.client, runs, [ChangedWorkflow])]

    assert [(one.run, one.why) for one in same] == [(run, "") for run in runs]
    assert [one.run for one in changed] == runs
    assert {one.run for one in changed if not one.why} == {before_the_change}
    told = [one for one in changed if one.why]
    assert {one.run for one in told} == {behind_it}
    for one in told:
        assert "Timer machine does not handle this event" in one.why
        assert one.why.count("\n") == 0
        assert one.would_stand_still(None)


async def test_what_no_worker_has_taken_up_yet_has_nothing_to_replay(desk: Desk) -> None:
    nobody = f"nobody-{desk.task_queue}"
    handle = await desk.client.start_workflow("Incident", id=nobody, task_queue=nobody)
    ticket = await _waits_for_approval(desk)
    unbegun = OpenRun(nobody, (await handle.describe()).run_id)
    runs = [unbegun, await _run(ticket), unbegun]
    done = [one async for one in replay_runs(desk.client, runs)]
    await handle.terminate()
    assert [(one.run, one.why) for one in done] == [(run, "") for run in runs]


async def test_what_is_deleted_meanwhile_is_left_out(desk: Desk) -> None:
    ticket = await _waits_for_approval(desk)
    gone = OpenRun(ticket.id, "01234567-89ab-7def-8123-456789abcdef")
    done = [one async for one in replay_runs(desk.client, [gone, await _run(ticket)])]
    assert [one.run.run_id for one in done] == [(await _run(ticket)).run_id]


def test_what_is_pinned_to_another_build_does_not_meet_this_code() -> None:
    differs = ReplayCheck(OpenRun("INC-A", "run", pinned_to="1"), why="another command")
    assert differs.would_stand_still("1")
    assert not differs.would_stand_still("2")
    assert not differs.would_stand_still(None)
