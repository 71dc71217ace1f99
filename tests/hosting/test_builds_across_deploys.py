"""Two versions of the code, real processes, and incidents that are open while one takes over."""

import asyncio
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from standfast.hosting.build import code_id
from standfast.hosting.connection import connect
from standfast.incidents.report import Channel, Report
from standfast.intake.reporting import report_incident
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore
from tests.commands.ended import Ended
from tests.hosting.completed import builds_of, completed_by
from tests.hosting.installation import COMPATIBLE, INCOMPATIBLE, install, type_at
from tests.hosting.worker_process import REPOSITORY, Process
from tests.http_sink import HttpSink
from tests.patience import PATIENCE
from tests.stories.company import write_policy
from tests.stories.desk import until

pytestmark = pytest.mark.long

Handle = WorkflowHandle[Any, Any]
RITA = "rita@storyville.example"


@dataclass
class Site:
    """One server, a policy, records; workers of several installations come and go."""

    place: Path
    client: Client
    policy: PolicySource
    sink: HttpSink
    started: list[Process]
    variables: dict[str, str]

    def worker(self, name: str, place: Path = REPOSITORY, **settings: str) -> Process:
        """Start a worker of that installation; `build_id="2"` is STANDFAST_BUILD_ID=2."""
        given = {f"STANDFAST_{setting.upper()}": value for setting, value in settings.items()}
        worker = Process(self.place / name, {**self.variables, **given}, place=place)
        self.started.append(worker)
        return worker

    async def type(self, place: Path, *arguments: str, **settings: str) -> Ended:
        given = {f"STANDFAST_{setting.upper()}": value for setting, value in settings.items()}
        variables = {**self.variables, **given}
        return await asyncio.to_thread(type_at, place, variables, *arguments)

    async def report(self, title: str, service: str) -> Handle:
        opened = await report_incident(
            self.client,
            Report(title=title, service=service, reporter=RITA, channel=Channel.PHONE),
            now=datetime.now(UTC),
            policy=self.policy.current(),
            records=RecordStore(self.variables["STANDFAST_DATABASE_URL"]).incidents,
            task_queue=self.variables["STANDFAST_TASK_QUEUE"],
        )
        return self.client.get_workflow_handle(opened.incident_id)

    async def waits_for_approval(self) -> Handle:
        handle = await self.report("Printer press is dead", service="press")
        await self.asked("/dan", handle.id)
        return handle

    async def paged(self) -> Handle:
        handle = await self.report("Wiki crashed", service="wiki")
        await self.asked("/ana", handle.id)
        return handle

    async def asked(self, who: str, incident_id: str) -> None:
        async def arrived() -> bool:
            return any(
                request.path.rstrip("/") == who and incident_id in str(request.json)
                for request in self.sink.taken
            )

        await until(f"{who} hears of {incident_id}", arrived)

    async def act(self, handle: Handle, action: str, **payload: str) -> None:
        await handle.execute_update(action, payload, result_type=dict[str, Any])

    async def approve(self, handle: Handle) -> None:
        """The approval that was pending; then it closes by itself."""
        await self.act(handle, "approve", by="dan")
        async with asyncio.timeout(PATIENCE):
            await handle.result()
        assert (self.place / f"press-{handle.id}").exists()

    async def resolve(self, handle: Handle) -> None:
        """The whole way of people, to its end."""
        await self.act(handle, "acknowledge", by="ana")
        await self.act(handle, "resolve", by="ana", summary="restarted it")
        await self.asked("/reporter", handle.id)
        await self.act(handle, "verify", by="rita", verdict="resolved")
        async with asyncio.timeout(PATIENCE):
            await handle.result()


@pytest.fixture
def started() -> Iterator[list[Process]]:
    """Workers to be killed when the test is over, if they still run."""
    started: list[Process] = []
    yield started
    for process in started:
        process.kill()


@pytest.fixture
async def site(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path, started: list[Process]
) -> Site:
    policy = write_policy(tmp_path / "policy.yaml", sink.address, tmp_path)
    variables = {
        "TEMPORAL_ADDRESS": env.client.service_client.config.target_host,
        "STANDFAST_TASK_QUEUE": f"deploys-{tmp_path.name}",
        "STANDFAST_POLICY": str(policy),
        "STANDFAST_DATABASE_URL": f"sqlite:///{tmp_path}/records.db",
    }
    return Site(tmp_path, env.client, PolicySource(policy), sink, started, variables)


async def test_pinned_incidents_of_both_builds_go_on_side_by_side_and_close(site: Site) -> None:
    """A change that is not compatible: what is open stays with the old build, until it closes."""
    new_place = install(site.place / "installed", INCOMPATIBLE)
    site.worker("old", build_id="1", versioning="pinned").says("is the first one, and now current")
    waiting, human = await site.waits_for_approval(), await site.paged()

    without = await site.type(new_place, "replay-check")
    assert without.code == 0
    assert "2 that differ stay with the build they are pinned to" in without.out

    site.worker("new", new_place, build_id="2", versioning="pinned").says(
        "Build 2 is not current: new incidents go to build 1"
    )
    before = await site.paged()
    assert await builds_of(before) == ["1"]
    current = await site.type(new_place, "build", "make-current", "2")
    assert current == Ended(0, "build 2 is current\n", "")
    after = await site.paged()

    await site.approve(waiting)
    for handle in (human, before, after):
        await site.resolve(handle)
    assert [await builds_of(each) for each in (waiting, human, before)] == [["1"]] * 3
    assert await builds_of(after) == ["2"]
    assert {code for _, code in await completed_by(human)} == {code_id()}
    assert code_id() not in {code for _, code in await completed_by(after)}


@pytest.mark.nightly
async def test_what_runs_without_builds_can_be_kept_from_a_change_that_is_not_compatible(
    site: Site,
) -> None:
    """The code that runs becomes a build of its own first, and pins what is open already."""
    new_place = install(site.place / "installed", INCOMPATIBLE)
    plain = site.worker("plain")
    plain.says("Standfast runs incidents")
    waiting, human = await site.waits_for_approval(), await site.paged()
    assert (await site.type(new_place, "replay-check")).code == 1
    plain.send(signal.SIGTERM)
    assert plain.exit_code() == 0

    site.worker("old", build_id="1", versioning="pinned").says(
        "2 open incidents and reviews are pinned to it from now on."
    )
    assert (await site.type(new_place, "replay-check")).code == 0
    site.worker("new", new_place, build_id="2", versioning="pinned").says("Build 2 is not current")
    assert (await site.type(new_place, "build", "make-current", "2")).code == 0
    await site.approve(waiting)
    await site.resolve(human)
    assert [await builds_of(each) for each in (waiting, human)] == [["", "1"]] * 2


@pytest.mark.nightly
async def test_an_approval_that_is_pending_goes_on_with_the_next_build(site: Site) -> None:
    """A compatible change: what is open moves along, and the old worker may go."""
    new_place = install(site.place / "installed", COMPATIBLE)
    old = site.worker("old", build_id="1")
    old.says("is the first one, and now current")
    waiting, human = await site.waits_for_approval(), await site.paged()

    checked = await site.type(new_place, "replay-check", build_id="2")
    assert checked.code == 0
    assert "2 open incidents replayed with code" in checked.out
    site.worker("new", new_place, build_id="2").says("Build 2 is not current")
    assert (await site.type(new_place, "build", "make-current", "2")).code == 0

    await site.approve(waiting)
    old.send(signal.SIGTERM)
    assert old.exit_code() == 0
    await site.resolve(human)
    assert [await builds_of(each) for each in (waiting, human)] == [["1", "2"]] * 2


async def test_replay_check_names_what_a_changed_flow_would_leave_standing(site: Site) -> None:
    new_place = install(site.place / "installed", INCOMPATIBLE)
    site.worker("old").says("Standfast runs incidents")
    waiting, human = await site.waits_for_approval(), await site.paged()

    here = await site.type(REPOSITORY, "replay-check", "--json")
    assert here.json == {"code": code_id(), "open": 2, "replayed": 2, "differ": []}
    there = await site.type(new_place, "replay-check", "--json")
    assert there.code == 1
    assert {one["incident_id"] for one in there.document["differ"]} == {waiting.id, human.id}
    assert {one["last_code"] for one in there.document["differ"]} == {code_id()}
    drawn = await site.type(new_place, "replay-check", "--sample", "1")
    assert drawn.code == 1
    assert drawn.out.startswith("1 of 2 open incidents replayed with code")
    assert "ModifyWorkflowPropertiesMachine does not handle" in drawn.out
    assert drawn.err.startswith("put the change behind workflow.patched")
    for handle in (waiting, human):
        await site.act(handle, "withdraw", by="rita")


async def test_what_a_build_left_behind_is_said_and_can_be_moved(site: Site) -> None:
    """Its workers are gone: a later one says what waits, and `build move` takes it over."""
    new_place = install(site.place / "installed", COMPATIBLE)
    old = site.worker("old", build_id="1", versioning="pinned")
    old.says("is the first one, and now current")
    waiting = await site.waits_for_approval()
    site.worker("new", new_place, build_id="2").says("Build 2 is not current")
    assert (await site.type(new_place, "build", "make-current", "2")).code == 0
    old.kill()
    await waiting.signal("approve", {"by": "dan"})  # nobody is there to hear it

    elsewhere = await site.type(REPOSITORY, "build", "move", "1")
    assert elsewhere.code == 1
    assert "run the command where build 2 is installed" in elsewhere.err
    moved = await site.type(new_place, "build", "move", "1")
    assert moved == Ended(0, "1 of 1 moved from build 1\n", "")
    async with asyncio.timeout(PATIENCE):
        await waiting.result()
    assert await builds_of(waiting) == ["1", "2"]


@pytest.mark.nightly
async def test_one_build_id_is_one_code(site: Site) -> None:
    other = install(site.place / "installed", COMPATIBLE)
    site.worker("old", build_id="1").says("is the first one, and now current")
    mistaken = site.worker("new", other, build_id="1")
    assert mistaken.exit_code() == 1
    assert "build 1 is already used for other workflow code" in mistaken.errors
    assert "give this one a build id of its own" in mistaken.errors


@pytest.mark.nightly
async def test_a_worker_without_a_build_id_says_that_it_gets_nothing(site: Site) -> None:
    old = site.worker("old", build_id="1")
    old.says("is the first one, and now current")
    site.worker("plain").says("gets no incidents: build 1 is current")
    human = await site.paged()
    assert (await site.type(REPOSITORY, "build", "off")).code == 0
    old.send(signal.SIGTERM)
    assert old.exit_code() == 0
    await site.resolve(human)
    assert await builds_of(human) == ["1", ""]


async def test_the_embedded_server_does_it_too(
    sink: HttpSink, tmp_path: Path, started: list[Process]
) -> None:
    """An incident that was opened without builds goes on with the first build, and closes."""
    policy = write_policy(tmp_path / "policy.yaml", sink.address, tmp_path)
    variables = {
        "STANDFAST_POLICY": str(policy),
        "STANDFAST_DATABASE_URL": f"sqlite:///{tmp_path}/records.db",
        "STANDFAST_TASK_QUEUE": "standfast",
    }
    data_dir = tmp_path / "data"
    plain = Process(data_dir, variables)
    started.append(plain)
    plain.says("Standfast runs incidents")
    source = PolicySource(policy)
    settings = plain.settings.model_copy(
        update={"database_url": variables["STANDFAST_DATABASE_URL"]}
    )
    site = Site(tmp_path, await connect(settings), source, sink, started, variables)
    waiting = await site.waits_for_approval()
    plain.send(signal.SIGTERM)
    assert plain.exit_code() == 0

    build = Process(data_dir, {**variables, "STANDFAST_BUILD_ID": "2026.11.3"})
    started.append(build)
    build.says("Build 2026.11.3 is the first one, and now current")
    site.client = await connect(settings)
    waiting = site.client.get_workflow_handle(waiting.id)
    await site.approve(waiting)
    assert await builds_of(waiting) == ["", "2026.11.3"]
