"""Which builds there are, which one is current, and what waits for a worker that is not there."""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from standfast.hosting.build import code_id, worker_identity
from standfast.hosting.build_registration import (
    build_notes,
    build_warnings,
    make_current,
    register_build,
)
from standfast.hosting.builds import Build, Builds, find_builds, workers_seen
from standfast.hosting.doctor.examination import examine
from standfast.hosting.errors import HostingError
from standfast.hosting.settings import Settings, Versioning
from standfast.hosting.wiring import build_activities, build_worker
from standfast.incidents import names
from standfast.incidents.ids import review_id
from standfast.incidents.report import Channel, Report
from standfast.incidents.review import Review
from standfast.incidents.review_steps import AddAction
from standfast.intake.reporting import report_incident
from standfast.intake.reviewing import start_wanted
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore
from tests.empty_records import empty_records
from tests.hosting.completed import builds_of
from tests.http_sink import HttpSink
from tests.records.samples import incident
from tests.stories.company import write_policy
from tests.stories.desk import until

REVIEWED = "INC-AAAAAAAAAA"

Runs = Callable[[str], AbstractAsyncContextManager[list[str]]]


def build(build_id: str, state: str = "draining", pinned: int = 0, workers: int = 1) -> Build:
    return Build(build_id, state, "0123456789ab", pinned, workers)


def these(*builds: Build, current: str = "1", without: int = 0) -> Builds:
    return Builds(current, ever_current=True, in_force=True, without=without, builds=builds)


@pytest.mark.parametrize(
    ("found", "ours", "says"),
    [
        (these(build("1", "current")), "1", ["Build 1 is current: it takes new incidents."]),
        (
            these(build("1", "current"), build("2", "inactive")),
            "2",
            ["Build 2 is not current: new incidents go to build 1."],
        ),
        (
            these(build("1", pinned=3), build("2", "current"), current="2"),
            "1",
            [
                "Build 1 is not current: new incidents go to build 2.",
                "3 open incidents and reviews are pinned to build 1, and will go on here.",
            ],
        ),
        (
            these(build("1", pinned=1, workers=0), build("2", "current"), current="2"),
            "2",
            [
                "Build 2 is current",
                "1 open incident or review is pinned to build 1, which has no worker: start one",
            ],
        ),
        (
            these(build("1", "current", workers=0), build("2", "inactive")),
            "2",
            ["Build 2 is not current", "Build 1 is current, and has no worker"],
        ),
        (these(build("1", "drained"), current=""), "", []),
        (these(build("1", "drained"), current=""), "1", ["Build 1 is not current: new incidents"]),
        (these(build("1", "current")), "", ["This worker has no build id and gets no incidents"]),
    ],
)
def test_a_worker_that_starts_says_how_it_stands(found: Builds, ours: str, says: list[str]) -> None:
    lines = build_notes(found, ours)
    assert len(lines) == len(says)
    for line, beginning in zip(lines, says, strict=True):
        assert line.startswith(beginning)


def test_what_has_a_worker_or_nothing_pinned_is_no_warning() -> None:
    found = these(build("1", "current"), build("0", pinned=2), build("00", "drained", workers=0))
    assert list(build_warnings(found)) == []


def test_workers_that_get_nothing_are_a_warning_while_a_build_is_current() -> None:
    [warned] = build_warnings(these(build("1", "current"), without=2))
    assert (
        warned.what
        == "Workers without a build id get no incidents (2 of them run): build 1 is current"
    )
    assert list(build_warnings(these(build("1", "drained"), current="", without=2))) == []


class Site:
    """Workers of several builds in this process, on one task queue."""

    def __init__(self, env: WorkflowEnvironment, sink: HttpSink, place: Path) -> None:
        self.client, self.sink, self.place = env.client, sink, place
        self.policy = PolicySource(write_policy(place / "policy.yaml", sink.address, place))
        self.task_queue = f"builds-{place.name}"
        self.records = RecordStore(empty_records(place / "records.db"))

    @contextlib.asynccontextmanager
    async def worker(
        self, build_id: str | None, versioning: Versioning = Versioning.PINNED
    ) -> AsyncIterator[list[str]]:
        """A worker of that build; what it says once it runs."""
        settings = Settings(
            data_dir=self.place,
            task_queue=self.task_queue,
            build_id=build_id,
            versioning=versioning,
        )
        activities = build_activities(self.policy, self.records, data=self.place)
        async with build_worker(self.client, settings, activities) as worker, worker:
            yield await register_build(self.client, settings)

    async def paged(self) -> WorkflowHandle[object, object]:
        opened = await report_incident(
            self.client,
            Report(title="Wiki crashed", service="wiki", reporter="r", channel=Channel.PHONE),
            now=datetime.now(UTC),
            policy=self.policy.current(),
            records=self.records.incidents,
            task_queue=self.task_queue,
        )
        handle = self.client.get_workflow_handle(opened.incident_id)

        async def paged_and_idle() -> bool:
            run = (await handle.describe()).raw_description
            busy = run.pending_activities or run.HasField("pending_workflow_task")
            paged = any(opened.incident_id in str(request.json) for request in self.sink.taken)
            return paged and not busy

        await until("somebody is paged", paged_and_idle)
        return handle


@pytest.fixture
async def site(env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path) -> AsyncIterator[Site]:
    site = Site(env, sink, tmp_path)
    yield site
    site.records.close()


async def test_what_temporal_knows_of_builds_and_workers(site: Site) -> None:
    assert await find_builds(site.client, site.task_queue) is None
    with pytest.raises(HostingError, match="start a worker with STANDFAST_BUILD_ID=1 first"):
        await make_current(site.client, site.task_queue, "1")
    with pytest.raises(HostingError, match="there is nothing to turn off"):
        await make_current(site.client, site.task_queue, "")
    async with site.worker("1") as first, site.worker("2") as second:
        assert first[0].startswith("Build 1 is the first one, and now current")
        assert second[0].startswith("Build 2 is not current: new incidents go to build 1")
        handle = await site.paged()
        found = await find_builds(site.client, site.task_queue)
        assert found is not None
        assert found.current == "1"
        assert found.get("1") == Build("1", "current", code_id(), pinned=1, workers=1)
        assert found.get("2") == Build("2", "inactive", code_id(), pinned=0, workers=1)
        seen = await workers_seen(site.client, site.task_queue)
        assert {worker.identity for worker in seen} == {worker_identity()}
        assert sorted(worker.build_id for worker in seen) == ["1", "2"]
    gone = await find_builds(site.client, site.task_queue, seen_within=timedelta(0))
    assert gone is not None
    assert [one.build_id for one in gone.builds if one.lacks_workers] == ["1"]
    await handle.terminate()


async def test_a_pinned_incident_that_goes_on_in_a_new_run_does_so_with_the_current_build(
    site: Site,
) -> None:
    """A run of its own begins without a history: months of life are no reason to keep a worker."""
    async with site.worker("1"), site.worker("2"):
        handle = await site.paged()
        first = (await handle.describe()).run_id
        await make_current(site.client, site.task_queue, "2")
        while (await handle.describe()).run_id == first:
            await handle.signal("comment", {"by": "ana", "text": "x" * 9_000})
        await handle.execute_update("withdraw", {"by": "rita"}, result_type=dict)
        await handle.result()
        earlier = site.client.get_workflow_handle(handle.id, run_id=first)
        assert await builds_of(earlier) == ["1"]
        assert await builds_of(handle) == ["2"]
    record = site.records.incidents.get(handle.id)
    assert record is not None
    assert record.outcome == "withdrawn"


async def test_a_pinned_review_goes_on_with_the_current_build_at_its_next_step(site: Site) -> None:
    """It is open for months: for a review no build has to be kept."""
    now = datetime.now(UTC)
    site.records.incidents.save(incident(REVIEWED))
    wanted = Review(incident_id=REVIEWED, episode=1, why="asked for", wanted_at=now)
    site.records.reviews.want(wanted)
    handle = site.client.get_workflow_handle(review_id(REVIEWED, 1))

    async def written(said: str) -> bool:
        review = site.records.reviews.get(REVIEWED, 1)
        assert review
        return said in (review.state, *(item.title for item in review.actions))

    def step(title: str) -> AddAction:
        return AddAction(by="ana", title=title, owner="ana", due=now + timedelta(days=9))

    async with site.worker("1"), site.worker("2"):
        await start_wanted(site.client, site.records, site.task_queue)
        await until("it has a draft", lambda: written("writing"))
        await handle.execute_update(names.REVIEW_STEP, step("before"), result_type=Review)
        first = (await handle.describe()).run_id
        found = await find_builds(site.client, site.task_queue)
        assert found
        assert [one.pinned for one in found.builds if one.build_id == "1"] == [1]
        await make_current(site.client, site.task_queue, "2")
        await handle.execute_update(names.REVIEW_STEP, step("after"), result_type=Review)

        async def goes_on() -> bool:
            return (await handle.describe()).run_id != first

        await until("it goes on in a new run", goes_on)
        await handle.execute_update(names.REVIEW_STEP, step("later"), result_type=Review)
        earlier = site.client.get_workflow_handle(handle.id, run_id=first)
        assert await builds_of(earlier) == ["1"]
        assert await builds_of(handle) == ["2"]
    kept = site.records.reviews.get(REVIEWED, 1)
    assert kept
    assert [item.title for item in kept.actions] == ["before", "after", "later"]
    await handle.terminate()


async def test_a_build_that_becomes_pinned_keeps_what_it_has(site: Site) -> None:
    """Auto-upgrade so far, and the next change is not compatible: nothing idle slips away."""
    async with site.worker("1", Versioning.AUTO_UPGRADE):
        handle = await site.paged()
    async with site.worker("1") as said, site.worker("2"):
        assert said[-1] == "1 open incident or review is pinned to it from now on."
        await make_current(site.client, site.task_queue, "2")
        await handle.execute_update("withdraw", {"by": "rita"}, result_type=dict)
        await handle.result()
    assert await builds_of(handle) == ["1"]


async def test_the_doctor_looks_at_builds_too(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Builds may be of other code: that is what they are for."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", site.client.service_client.config.target_host)
    settings = Settings(
        data_dir=tmp_path, task_queue=site.task_queue, policy=tmp_path / "policy.yaml"
    )
    async with site.worker("1") as first:
        assert first[0].startswith("Build 1 is the first one, and now current")
        checks = {check.name: check for check in await examine(settings)}
        assert "workers" not in checks
        assert (checks["builds"].ok, checks["builds"].what) == (True, "build 1 is current")
        async with site.worker(None, Versioning.AUTO_UPGRADE) as said:
            assert said[0].startswith("This worker has no build id and gets no incidents")
            checks = {check.name: check for check in await examine(settings)}
    assert checks["workers"].ok
    assert not checks["builds"].ok
    assert checks["builds"].what.startswith("Workers without a build id get no incidents")
    assert "standfast build off" in checks["builds"].remedy
