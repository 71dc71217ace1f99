"""Reviews that do not go on are found, told, and repaired where that is safe."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.testing import WorkflowEnvironment

from standfast.health.limits import OVERDUE_AFTER
from standfast.health.review_finder import ReviewFinder
from standfast.incidents import names
from standfast.incidents.finding import Finding, FindingKind
from standfast.incidents.ids import incident_id, review_id
from standfast.incidents.review import Review, ReviewState
from standfast.intake.reviewing import start, start_wanted
from standfast.policy_file.source import PolicySource
from tests.health.wedged import (
    OTHER_CODE,
    OUR_CODE,
    changed_worker,
    flagged,
    looks_until_nothing_is_found,
    nobody_works,
    watchdog,
)
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import Desk, open_desk, until
from tests.stories.paths import PATHS
from tests.stories.reviewing import REVIEWED, Reviewing
from workflows.review import ReviewWorkflow

MINUTE = timedelta(minutes=1)


@workflow.defn(name=names.REVIEW_WORKFLOW)
class ChangedReview(ReviewWorkflow):
    """One more step at the beginning, as a change without `workflow.patched` would have it."""

    @workflow.init
    def __init__(self, review: Review) -> None:
        super().__init__(review)

    @workflow.run
    async def run(self, review: Review) -> Review:
        """As before."""
        return await super().run(review)

    async def draft(self) -> None:
        """A moment later."""
        await workflow.sleep(0.01)
        await super().draft()


class FakeReviews:
    """Has these on record."""

    def __init__(self, *running: Review, to_start: Sequence[Review] = ()) -> None:
        self._running, self._to_start = running, to_start

    def to_start(self, most: int) -> Sequence[Review]:
        return self._to_start[:most]

    def running(self, most: int) -> Sequence[Review]:
        return self._running[:most]


def review(now: datetime, **changes: object) -> Review:
    made = Review(incident_id=incident_id(), episode=1, why="asked for", wanted_at=now)
    return made.model_copy(update=changes)


def finder(
    env: WorkflowEnvironment, reviews: FakeReviews, now: Callable[[], datetime]
) -> ReviewFinder:
    return ReviewFinder(env.client, reviews, now=now)


async def reviewed(desk: Desk) -> Reviewing:
    """A review that is being written."""
    desk.amend(**REVIEWED)
    found = Reviewing(desk, (await PATHS["human"](desk)).id)
    await found.begins()
    return found


async def waits(found: Reviewing) -> None:
    """Until its run waits for people or for its next reminder."""

    async def idle() -> bool:
        run = (await found.handle.describe()).raw_description
        return not run.pending_activities and not run.HasField("pending_workflow_task")

    await until("the review waits", idle)


async def test_one_that_nobody_begins_is_found_after_a_minute(env: WorkflowEnvironment) -> None:
    now = datetime.now(UTC)
    wanted, again = review(now - 2 * MINUTE), review(now, due=now)
    scanner = finder(env, FakeReviews(to_start=(wanted, again)), lambda: now)
    [found] = await scanner.not_started(now - OVERDUE_AFTER)
    assert (found.kind, found.workflow_id) == (
        FindingKind.NOT_TAKEN_UP,
        review_id(wanted.incident_id, 1),
    )
    now += 2 * MINUTE
    both = await scanner.not_started(now - OVERDUE_AFTER)
    assert [each.incident_id for each in both] == [wanted.incident_id, again.incident_id]


async def test_one_that_is_on_record_and_whose_run_is_gone_is_found(
    env: WorkflowEnvironment,
) -> None:
    now = datetime.now(UTC)
    here = review(now, due=now)
    [found] = await finder(env, FakeReviews(here), lambda: now).standing_still(now)
    assert (found.kind, found.about) == (
        FindingKind.NOT_RUNNING,
        f"the review of {here.incident_id}",
    )


async def test_what_no_worker_does_and_what_waits_for_nothing_is_found(
    env: WorkflowEnvironment,
) -> None:
    now = datetime.now(UTC)
    here = review(now, due=now)
    queue = f"nobody-{here.incident_id}"
    handle = await env.client.start_workflow(
        names.REVIEW_WORKFLOW, here, id=review_id(here.incident_id, 1), task_queue=queue
    )
    scanner = finder(env, FakeReviews(here), lambda: now)
    assert await scanner.standing_still(now - OVERDUE_AFTER) == []
    [found] = await scanner.standing_still(now + 2 * MINUTE)
    assert found.kind is FindingKind.OVERDUE
    assert "no worker has done it" in found.what
    await handle.terminate()


async def test_a_review_in_good_order_is_no_finding_and_a_late_reminder_is(desk: Desk) -> None:
    found = await reviewed(desk)
    await waits(found)
    scanner = ReviewFinder(desk.client, desk.records.reviews)
    late = datetime.now(UTC) - OVERDUE_AFTER

    async def of_it(late: datetime) -> list[Finding]:
        return [
            each
            for each in await scanner.standing_still(late)
            if each.incident_id == found.incident_id
        ]

    assert await of_it(late) == []
    [overdue] = await of_it(late + timedelta(days=30))
    assert overdue.kind is FindingKind.OVERDUE
    assert "its next reminder was due at" in overdue.what


async def test_one_whose_run_was_ended_begins_again_with_all_that_was_done(desk: Desk) -> None:
    found = await reviewed(desk)
    due = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    await found.does("add_action", title="bigger cache", owner="ben", due=due)
    await found.handle.terminate("by mistake")
    dog = watchdog(desk)

    async def is_to_start() -> bool:
        await dog.scan()
        return bool(desk.records.reviews.to_start(9))

    await until("it begins again", is_to_start)
    again = await found.begins()
    assert [item.title for item in again.actions] == ["bigger cache"]
    assert again.state is ReviewState.WRITING
    assert desk.pages_to("max") == []


@pytest.mark.long
async def test_a_bad_deploy_is_told_and_what_this_very_code_did_is_repaired(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path) as desk:
        desk.amend(**REVIEWED)
        others, ours = [(await PATHS["human"](desk)).id for _ in range(2)]
    for stuck, code in ((others, OTHER_CODE), (ours, OUR_CODE)):
        with nobody_works(desk) as shut:
            wanted = Reviewing(shut, stuck)
            async with changed_worker(shut, code, ChangedReview):
                await start(shut.client, wanted.now(), shut.task_queue)
                await wanted.becomes(ReviewState.WRITING)
                await waits(wanted)

    async with open_desk(env, policy, sink, tmp_path) as desk:
        for stuck in (others, ours):
            await Reviewing(desk, stuck).handle.signal("look")
        await flagged(desk, 2)
        dog = watchdog(desk)
        [found] = (await dog.scan()).findings
        assert (found.kind, found.about) == (FindingKind.STUCK, f"the review of {others}")
        assert found.remedy.endswith(f"`standfast repair REVIEW-{others}-1`")
        assert desk.pages_to("max") == ["Standfast needs you: 1 review is stuck"]
        assert desk.records.repairs.count(ours, 1) == 1

        by_hand = await dog._repairer.diagnose(found.workflow_id)
        assert by_hand
        await dog._repairer.repair(by_hand)
        await looks_until_nothing_is_found(dog)
        await start_wanted(desk.client, desk.records, desk.task_queue)
        for repaired in (others, ours):
            await Reviewing(desk, repaired).does("assign", owner="lea")
    assert desk.pages_to("max")[1:] == ["All clear: resolved: 1 review is stuck"]
