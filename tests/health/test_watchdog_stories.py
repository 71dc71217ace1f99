"""A run that cannot go on is found, told, and repaired where that is safe."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from standfast.commands.app import run as run_command
from standfast.console.latest_findings import LatestFindings
from standfast.health.fault import DoesNotReplay, fault_of
from standfast.hosting.build import built_by
from standfast.hosting.watchdog import build_finder
from standfast.incidents.finding import FindingKind
from standfast.incidents.flowchart import Box
from standfast.lookup.lookup import Lookup
from standfast.policy_file.source import PolicySource
from standfast.records.repairs import Begun
from tests.commands.ended import Ended
from tests.health.wedged import (
    OTHER_CODE,
    OUR_CODE,
    BuggyWorkflow,
    changed_worker,
    flagged,
    looks_until_nothing_is_found,
    nobody_works,
    repairer,
    watchdog,
)
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import Desk, Ticket, open_desk, until

pytestmark = pytest.mark.long

LEASE = timedelta(minutes=1)


async def _none(_: Sequence[str]) -> Sequence[str]:
    """Nothing is hidden from whoever looks."""
    return ()


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
        assert (await dog.scan()).findings == ()
        async with changed_worker(desk, OTHER_CODE):
            for ticket in tickets:
                await ticket.signal("comment", by="ana", text="on my way")
            await flagged(desk, 2)
            scan = await dog.scan()
            assert [found.kind for found in scan.findings] == [FindingKind.STUCK] * 2
            assert "does not match its history" in scan.findings[0].what
            assert "put back the version" in scan.findings[0].remedy
            await dog.scan()
            await watchdog(desk).scan()  # another worker's
            [said] = await LatestFindings(
                build_finder(desk.client, desk.records, desk.task_queue)
            ).words(_none)
            assert said.startswith("2 incidents are stuck (INC-")
            found = await Lookup(desk.client, desk.records).find(tickets[0].id)
            assert any(note.startswith("it has been stuck since ") for note in found.notes)
    assert desk.pages_to("max") == ["Standfast needs you: 2 incidents are stuck"]
    [page] = [each.json["message"] for each in sink.taken if each.path == "/max"]
    assert all(ticket.id in page for ticket in tickets)

    async with open_desk(env, policy, sink, tmp_path) as desk:
        dog = watchdog(desk)
        await looks_until_nothing_is_found(dog)
        for ticket in tickets:
            assert await ticket.note("comment") == "on my way"
    assert desk.pages_to("max")[1:] == ["All clear: resolved: 2 incidents are stuck"]


async def test_what_this_very_code_did_is_repaired_without_anybody(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path) as desk:
        pass
    with nobody_works(desk) as desk:
        async with changed_worker(desk, OUR_CODE):
            ticket = await desk.report("Wiki crashed", service="wiki")
            await paged_about(desk, ticket)
            await ticket.signal("comment", by="ben", text="me too")
            await ticket.act("comment", by="ana", text="on my way")
    paged = desk.paged()

    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = desk.ticket(ticket.id)
        await ticket.signal("comment", by="ben", text="any news?")
        await flagged(desk)
        first = (await ticket.handle.describe()).run_id
        dog = watchdog(desk)
        await dog.scan()
        await watchdog(desk).scan()  # its list may not have heard of the reset yet
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


async def test_by_itself_an_episode_is_reset_three_times_and_then_a_person_is_asked(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    ticket = await stuck_by(OUR_CODE, env, policy, sink, tmp_path)
    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = desk.ticket(ticket.id)
        for number in range(3):
            begun = desk.records.repairs.begin(f"run-{number}:7", ticket.id, 1, "watchdog", LEASE)
            assert begun is Begun.YES
        await ticket.signal("comment", by="ben", text="any news?")
        await flagged(desk)
        run = (await ticket.handle.describe()).run_id
        dog = watchdog(desk)
        [found] = (await dog.scan()).findings
        assert found.what.startswith("it was reset 3 times and is stuck again; ")
        assert "a person must decide" in found.remedy
        assert desk.pages_to("max") == ["Standfast needs you: 1 incident is stuck"]
        assert (await ticket.handle.describe()).run_id == run

        by_hand = repairer(desk)
        fault = await by_hand.diagnose(ticket.id)
        assert fault
        assert await by_hand.repair(fault, "olga") is Begun.YES
        [repaired] = await ticket.told("repaired")
        assert repaired.actor == "olga"
        await looks_until_nothing_is_found(dog)
    assert desk.pages_to("max")[1:] == ["All clear: resolved: 1 incident is stuck"]


@pytest.mark.nightly
async def test_two_workers_at_once_repair_a_run_once(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    ticket = await stuck_by(OUR_CODE, env, policy, sink, tmp_path)
    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = desk.ticket(ticket.id)
        await ticket.signal("comment", by="ben", text="any news?")
        await flagged(desk)
        await asyncio.gather(*(watchdog(desk).scan() for _ in range(3)))
        assert len(await ticket.told("repaired")) == 1
        assert desk.records.repairs.count(ticket.id, 1) == 1
        assert desk.pages_to("max") == []


async def test_repair_at_the_command_line(
    env: WorkflowEnvironment,
    sink: HttpSink,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    monkeypatch.setenv("TEMPORAL_ADDRESS", env.client.service_client.config.target_host)
    monkeypatch.setenv("STANDFAST_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("STANDFAST_POLICY", str(policy.path))

    async def typed(*arguments: str) -> Ended:
        capsys.readouterr()
        code = await asyncio.to_thread(run_command, arguments)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    ticket = await stuck_by(OTHER_CODE, env, policy, sink, tmp_path)
    assert (await typed("repair", ticket.id)).err == "give --yes: there is nobody to ask\n"
    done = await typed("repair", ticket.id, "--by", "olga", "--yes")
    assert done.code == 0, done.err
    assert f"{ticket.id} is stuck: " in done.out
    assert "was completed by other code (0123456789ab)" in done.out
    assert "Will run again: notify 1×. Messages are not sent twice" in done.out
    async with open_desk(env, policy, sink, tmp_path) as desk:
        paged = desk.paged()
        ticket = desk.ticket(ticket.id)
        await ticket.reaches(Box.RESOLVE)
        [repaired] = await ticket.told("repaired")
        assert repaired.actor == "olga"
        assert [entry.detail for entry in await ticket.told("comment")] == ["on my way"]
        assert desk.paged() == paged
        fine = await typed("repair", ticket.id, "--yes")
        assert fine.code == 1
        assert "needs no repair: this code replays it" in fine.err
        await ticket.act("withdraw", by="rita", reason="enough")
        await ticket.closes()
    closed = await typed("repair", ticket.id, "--yes")
    assert closed.err == f"{ticket.id} is not open: there is nothing to repair\n"
    unknown = await typed("repair", "INC-AAAAAAAAAB", "--yes")
    assert unknown.err == "there is no open incident INC-AAAAAAAAAB\n"


async def test_a_bug_in_the_workflow_is_told_with_its_error_and_nothing_is_reset(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = await desk.report("Wiki crashed", service="wiki")
        await ticket.reaches_resolve()
        await ticket.act("comment", by="ana", text="I have a look")
    with nobody_works(desk) as desk:
        async with changed_worker(desk, OUR_CODE, BuggyWorkflow):
            await ticket.signal("comment", by="ana", text="on my way")
            await flagged(desk)
            [found] = (await watchdog(desk).scan()).findings
    assert found.what.endswith("keeps failing: nobody thought of that")
    assert found.remedy.startswith("fix the error in the workflow's code")
    [page] = [each.json["message"] for each in sink.taken if each.path == "/max"]
    assert "nobody thought of that" in page
    history = await ticket.handle.fetch_history()
    buggy = Replayer(
        workflows=[BuggyWorkflow],
        data_converter=env.client.data_converter,
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    with pytest.raises(DoesNotReplay, match="nobody thought of that"):
        await fault_of(buggy, history, built_by)
    await ticket.handle.terminate()


async def stuck_by(
    identity: str, env: WorkflowEnvironment, policy: PolicySource, sink: HttpSink, place: Path
) -> Ticket:
    """An incident that the right code cannot go on with: other code has begun it."""
    async with open_desk(env, policy, sink, place) as desk:
        pass
    with nobody_works(desk) as desk:
        async with changed_worker(desk, identity):
            ticket = await desk.report("Wiki crashed", service="wiki")
            await paged_about(desk, ticket)
            await ticket.act("comment", by="ana", text="on my way")
    return ticket


async def paged_about(desk: Desk, ticket: Ticket) -> None:
    """Wait until somebody was paged, and the incident knows it."""

    async def notified() -> bool:
        history = await ticket.handle.fetch_history()
        scheduled = {
            event.event_id
            for event in history.events
            if event.activity_task_scheduled_event_attributes.activity_type.name == "notify"
        }
        return any(
            event.activity_task_completed_event_attributes.scheduled_event_id in scheduled
            for event in history.events
        )

    await until(f"{ticket.id}: a page went out", notified)
    assert desk.paged()
