"""A review is begun by closing, reminded of until it is closed, and ends with its action items."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from standfast.encryption.payload_codec import PayloadEncryption
from standfast.erasure.erasing import Eraser
from standfast.health.runs import reported_runs
from standfast.incidents.addition import Addition, AdditionKind
from standfast.incidents.ids import review_id
from standfast.incidents.review import ReviewState
from standfast.intake.errors import Refused
from standfast.intake.reviewing import ask_for_review, start, start_wanted
from standfast.policy_file.source import PolicySource
from standfast.records.audit import AuditEvent, AuditKind
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import Desk, open_desk, until
from tests.stories.paths import PATHS
from tests.stories.reviewing import REVIEWED, SECTIONS, Reviewing
from tests.stories.test_encrypted import RING, stored

pytestmark = pytest.mark.sandboxed

_THIRD_TIER = "max mia"
"""One of them is on call, whichever week it is."""


def made_confidential(desk: Desk, incident_id: str, kind: AdditionKind) -> None:
    """Or that is ended."""
    said = Addition(kind=kind, at=datetime.now(UTC), by="ana", text="")
    event = AuditEvent(AuditKind.ADDED_TO_RECORD, by="ana")
    assert desk.records.adding.add(incident_id, 1, said, "", event)


async def test_from_the_draft_to_the_last_action_item(desk: Desk) -> None:
    desk.amend(**REVIEWED)
    ticket = await PATHS["human"](desk)
    review = Reviewing(desk, ticket.id)
    begun = await review.begins()
    assert begun.owner == "ana", "who resolved it"
    assert begun.why.startswith("its priority was P")
    assert [each.review.incident_id for each in desk.records.reviews.listed(None, 9)] == [ticket.id]
    drafts = desk.records.review_texts.versions(ticket.id, 1)
    assert "Wiki crashed (wiki)." in drafts["what_happened"][0].text
    assert "resolved by ana: cleared the cache" in drafts["response"][0].text
    described = await review.handle.describe()
    assert (described.id, described.workflow_type) == (review_id(ticket.id, 1), "Review")
    shown = await review.shown_by_temporal()
    assert f"Review of {ticket.id}, episode 1" in shown
    assert "**being written** · written by ana · due " in shown
    assert "Next reminder: " in shown
    later = datetime.now(UTC) + timedelta(days=1)
    taken_for_incidents = [
        each.id async for each in reported_runs(desk.client, desk.task_queue, later)
    ]
    assert taken_for_incidents == []
    assert desk.records.projections.get(described.id) is None
    [first] = await review.told("ana", 1)
    assert first == f"The review of {ticket.id} needs you: Wiki crashed"

    # A day before it is due, when it is due, and then daily; two days later somebody else hears.
    await review.wait(days=4, hours=1)
    await review.told("ana", 2)
    made_confidential(desk, ticket.id, AdditionKind.RESTRICT)
    await review.wait(days=1)
    told = await review.told("ana", 3)
    assert told[-1] == f"The review of {ticket.id} needs you (confidential incident)"
    made_confidential(desk, ticket.id, AdditionKind.UNRESTRICT)
    assert not review.messages_to(_THIRD_TIER)
    await review.wait(days=2)
    [late] = await review.told(_THIRD_TIER, 1)
    assert late == f"The review of {ticket.id} is overdue: Wiki crashed"

    with pytest.raises(Refused, match="owner: the policy has no person 'eve'"):
        await review.does("assign", owner="eve")
    with pytest.raises(Refused, match="say nothing yet: What went well, What was luck, What we ch"):
        await review.does("close")
    review.writes(*SECTIONS)
    far = datetime.now(UTC) + timedelta(days=60)
    added = await review.does("add_action", title="bigger cache", owner="ben", due=far.isoformat())
    assert [item.words for item in added.actions] == [f"bigger cache (ben, due {far:%Y-%m-%d})"]
    await review.wait(minutes=6)
    await review.told("ben", 1)
    assert "- item 1, open: bigger cache" in await review.shown_by_temporal()
    closed = await review.does("close", by="lea")
    assert closed.state is ReviewState.ACTING
    assert [item.title for item in desk.records.reviews.open_actions([ticket.id], None)] == [
        "bigger cache"
    ]
    with pytest.raises(Refused, match="lea has closed it"):
        await review.does("close")
    with pytest.raises(Refused, match="say why it is dropped"):
        await review.does("change_action", id=1, state="dropped")
    await review.wait(days=59)
    await review.told("ben", 2)
    done = await review.does("change_action", by="ben", id=1, state="done", note="512 MB")
    assert done.state is ReviewState.OVER
    async with asyncio.timeout(20):
        assert (await review.handle.result()).actions[0].note == "512 MB"
    assert desk.records.reviews.open_actions([ticket.id], None) == []

    # Reopened, another run goes on from there.
    again = await review.does("reopen", due=(far + timedelta(days=30)).isoformat())
    assert again.state is ReviewState.WRITING
    await review.begins()
    assert (await review.does("close")).state is ReviewState.OVER


async def test_what_a_meeting_adds_is_one_message_to_each_owner(desk: Desk) -> None:
    """Fifty items were fifty messages."""
    desk.amend(**REVIEWED)
    review = Reviewing(desk, (await PATHS["human"](desk)).id)
    await review.begins()
    await review.told("ana", 1)
    soon, far = (datetime.now(UTC) + timedelta(hours=20), datetime.now(UTC) + timedelta(days=60))
    for number in range(6):
        owner = "ben" if number % 2 else "lea"
        await review.does("add_action", title=f"change-{number}", owner=owner, due=far.isoformat())
    await review.settles()
    assert not review.messages_to("ben lea")
    await review.wait(minutes=6)
    for owner, theirs in (("ben", [1, 3, 5]), ("lea", [0, 2, 4])):
        assert len(await review.told(owner, 1)) == 1
        last = f"change-{theirs[-1]}"
        [said] = [str(page.json) for page in desk.sink.taken if last in str(page.json)]
        assert [number for number in range(6) if f"change-{number}" in said] == theirs

    # What is due within the day cannot wait.
    await review.does("add_action", title="restart it", owner="ben", due=soon.isoformat())
    assert len(await review.told("ben", 2)) == 2


async def test_when_it_happens_again_the_page_names_what_is_still_open(desk: Desk) -> None:
    desk.amend(**REVIEWED)
    reported = {"title": "Wiki crashed", "service": "wiki", "dedup_key": f"{desk.place} wiki"}
    ticket = await desk.report(**reported)
    await ticket.reaches_resolve()
    await ticket.act("withdraw", by="rita", reason="works again")
    await ticket.closes()
    view = desk.records.incidents.get(ticket.id)
    assert view
    await ask_for_review(desk.records, view, by="lea", why="to learn", at=datetime.now(UTC))
    review = Reviewing(desk, ticket.id)
    await review.begins()
    due = datetime.now(UTC) + timedelta(days=60)
    await review.does("add_action", title="bigger cache", owner="ben", due=due.isoformat())
    again = await desk.report(**reported)
    assert again.id == ticket.id
    view = await again.reaches_resolve()
    assert (view.episode, view.open_actions) == (2, (f"bigger cache (ben, due {due:%Y-%m-%d})",))
    still_open = f"Still open: bigger cache (ben, due {due:%Y-%m-%d})"
    assert [each for each in desk.sink.taken if still_open in str(each.json)]


async def test_started_twice_or_late_it_is_still_one(desk: Desk) -> None:
    ticket = await PATHS["withdrawn"](desk)
    view = desk.records.incidents.get(ticket.id)
    assert view
    at = datetime.now(UTC)
    asked = await ask_for_review(desk.records, view, by="lea", why="to learn", at=at)
    with pytest.raises(Refused, match="has a review"):
        await ask_for_review(desk.records, view, by="max", why="", at=at)
    review = Reviewing(desk, ticket.id)
    await asyncio.gather(*(start(desk.client, asked, desk.task_queue) for _ in range(3)))
    await review.becomes(ReviewState.WRITING)
    assert await start_wanted(desk.client, desk.records, desk.task_queue) == 0
    review.writes("went_well", "luck", "changes")
    over = await review.does("close")
    assert over.asked_by == "lea"
    async with asyncio.timeout(20):
        await review.handle.result()
        # A worker that stood still starts what is not the newest: it ends, and changes nothing.
        await start(desk.client, asked, desk.task_queue)
        await review.handle.result()
    assert review.now() == over


async def test_a_step_that_comes_too_late_for_the_record_is_not_said_to_be_done(desk: Desk) -> None:
    """Its run has not heard yet that the review goes on in another, such as after an erasure."""
    desk.amend(**REVIEWED)
    review = Reviewing(desk, (await PATHS["human"](desk)).id)
    await review.begins()
    await review.told("ana", 1)
    await review.settles()
    newer = review.now()
    desk.records.reviews.begin_again(newer.model_copy(update={"revision": newer.revision + 9}))
    due = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    with pytest.raises(Refused, match="this was not done: look again"):
        await review.does("add_action", title="bigger cache", owner="ben", due=due)
    await review.begins()
    assert review.now().actions == ()


async def test_it_goes_on_under_another_worker_and_nobody_reads_it_in_temporal(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path, ring=RING) as desk:
        desk.amend(**REVIEWED)
        ticket = await desk.report("Payroll of zacharias crashed", service="wiki")
        await ticket.reaches_resolve()
        await ticket.act("resolve", by="ana", summary="cleared it")
        await ticket.told("confirm_sent")
        await ticket.act("verify", by="rita", verdict="resolved")
        await ticket.closes()
        begun = Reviewing(desk, ticket.id)
        await begun.begins()
        await begun.told("ana", 1)
        await begun.settles()
    async with open_desk(env, policy, sink, tmp_path, ring=RING) as desk:
        review = Reviewing(desk, ticket.id)
        due = datetime.now(UTC) + timedelta(days=9)
        note = {"title": "tell zacharias", "owner": "ben", "due": due.isoformat()}
        assert (await review.does("add_action", **note)).open_actions
        assert b"zacharias" not in await stored(desk, review.handle.id)

        # Erasing a person replaces their name, also here; it goes on in a run with a new key.
        forgotten_after = timedelta()
        eraser = Eraser(desk.client, desk.records, tmp_path, forgotten_after=forgotten_after)
        found = await eraser.find_person("zacharias")
        assert found.closed == [ticket.id]
        pseudonym = await eraser.erase_person("zacharias", found)
        _forgets_thrown_away_keys(desk)
        again = Reviewing(desk, ticket.id)
        await again.begins()
        changed = await again.does("change_action", id=1, note="called")
        assert changed.actions[0].title == f"tell {pseudonym}"

        # Erased with its incident it ends.
        await eraser.erase([ticket.id], "vera", "asked for", write_anew=False)
        assert desk.records.reviews.get(ticket.id, 1) is None

        async def gone() -> bool:
            query = f'WorkflowId = "{again.handle.id}" AND ExecutionStatus = "Running"'
            return (await desk.client.count_workflows(query)).count == 0

        await until("its run is gone", gone)


def _forgets_thrown_away_keys(desk: Desk) -> None:
    """Its process has noticed, as each does within a minute."""
    codec = desk.client.data_converter.payload_codec
    assert isinstance(codec, PayloadEncryption)
    for gone in desk.records.incident_keys.thrown_away_since(datetime.now(UTC) - timedelta(days=1)):
        codec.keys.forget(gone.incident_id, gone.key_id)
