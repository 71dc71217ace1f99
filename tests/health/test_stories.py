"""A run that cannot go on is found, told, and repaired where that is safe."""

from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from activities.policy_source import PolicySource
from incidents.finding import FindingKind
from incidents.flowchart import Box
from tests.health.wedged import (
    OTHER_CODE,
    OUR_CODE,
    changed_worker,
    flagged,
    looks_until_nothing_is_found,
    nobody_works,
    watchdog,
)
from tests.notification.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import open_desk


async def test_a_bad_deploy_is_told_once_and_after_the_right_one_all_is_clear(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path) as desk:
        tickets = [await desk.report("Wiki crashed", service="wiki") for _ in range(2)]
        for ticket in tickets:
            await ticket.reaches_resolve()

    with nobody_works(desk) as desk:
        dog = watchdog(desk)
        assert (await dog.look()).findings == ()
        async with changed_worker(desk, OTHER_CODE):
            for ticket in tickets:
                await ticket.signal("comment", by="ana", text="on my way")
            await flagged(desk, 2)
            look = await dog.look()
            assert [found.kind for found in look.findings] == [FindingKind.STUCK] * 2
            assert "does not fit its history" in look.findings[0].what
            assert "put back the version" in look.findings[0].remedy
            await dog.look()
            await watchdog(desk).look()  # another worker's
    assert desk.pages_to("max") == ["Standfast needs you: 2 incidents are stuck"]
    [page] = [each.json["message"] for each in sink.taken if each.path == "/max"]
    assert all(ticket.id in page for ticket in tickets)

    async with open_desk(env, policy, sink, tmp_path) as desk:
        dog = watchdog(desk)
        await looks_until_nothing_is_found(dog)
        for ticket in tickets:
            assert await ticket.note("comment") == "on my way"
    assert desk.pages_to("max")[1:] == ["All clear: not so any more: 2 incidents are stuck"]


async def test_what_this_very_code_did_is_repaired_without_anybody(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path) as desk:
        pass
    with nobody_works(desk) as desk:
        async with changed_worker(desk, OUR_CODE):
            ticket = await desk.report("Wiki crashed", service="wiki")
            await ticket.told("page_sent")
            await ticket.act("comment", by="ana", text="on my way")
            await ticket.signal("comment", by="ben", text="me too")
            await ticket.told("comment", 2)
    paged = desk.paged()

    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = desk.ticket(ticket.id)
        await ticket.signal("comment", by="ben", text="any news?")
        await flagged(desk)
        first = (await ticket.handle.describe()).run_id
        dog = watchdog(desk)
        await dog.look()
        await watchdog(desk).look()
        assert (await ticket.handle.describe()).run_id != first
        await looks_until_nothing_is_found(dog)
        await ticket.reaches(Box.RESOLVE)
        comments = [entry.detail for entry in await ticket.told("comment", 3)]
        assert sorted(comments) == ["any news?", "me too", "on my way"]
        [repaired] = await ticket.told("repaired")
        assert repaired.actor == "watchdog"
        assert "was reset to event" in repaired.detail
        assert desk.paged() == paged
        assert desk.pages_to("max") == []
