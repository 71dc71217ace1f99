"""`silence end`: before its time, and what it silenced wakes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from standfast.incidents import names
from standfast.incidents.actions import Action, ActionResult, Page
from standfast.incidents.flowchart import Box
from standfast.incidents.ids import incident_id
from standfast.incidents.silence import Silence
from standfast.intake.repage import repage
from standfast.records.store import RecordStore
from tests.commands.ended import Ended
from tests.commands.silencing import HOUR, Run, a_machine, its_records, on_record


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    return a_machine(capsys, monkeypatch, tmp_path)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[RecordStore]:
    store = its_records(tmp_path)
    yield store
    store.close()


def test_one_that_silenced_nothing_ends_without_temporal(run: Run, records: RecordStore) -> None:
    given = on_record(records, -HOUR, HOUR)
    ended = run("end", given.id, "--by", "ben")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"{given.id} was ended by ben at ")
    again = run("end", given.id, "--by", "cem")
    assert (again.code, again.out) == (1, "")
    assert again.err == ended.out


def test_one_that_is_over_cannot_be_ended(run: Run, records: RecordStore) -> None:
    over = on_record(records, -2 * HOUR, -HOUR)
    records.silences.note_silenced(over.id, incident_id())
    ended = run("end", over.id, "--by", "ben")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(f"{over.id} ended at ")


def test_once_the_former_end_has_passed_all_of_it_has_woken_by_itself(
    run: Run, records: RecordStore
) -> None:
    over = on_record(records, -2 * HOUR, -HOUR)
    records.silences.note_silenced(over.id, incident_id())
    records.silences.end(over.id, "ben", over.starts)
    ended = run("end", over.id, "--by", "cem")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(f"{over.id} was ended by ben at ")


def test_one_that_is_to_come_is_called_off(run: Run, records: RecordStore) -> None:
    coming = on_record(records, HOUR, 2 * HOUR)
    assert run("end", coming.id, "--by", "ben", "--json").json["silence"]["state"] == "over"
    assert run("list").out == ""
    assert f"{coming.id} was ended by ben at " in run("list", "--all").out


def test_without_temporal_it_ends_and_says_who_sleeps_on(run: Run, records: RecordStore) -> None:
    given = on_record(records, -HOUR, HOUR)
    asleep = [incident_id(), incident_id()]
    for one in asleep:
        records.silences.note_silenced(given.id, one)

    ended = run("end", given.id, "--by", "ben")

    assert ended.code == 1
    assert ended.out.startswith(f"{given.id} was ended by ben at ")
    first, second = ended.err.splitlines()
    assert first.startswith("cannot reach Temporal at 127.0.0.1:")
    assert second.startswith(f"{', '.join(asleep)}: nobody is paged before the former end, ")
    assert second.endswith(f", unless you end {given.id} again")
    assert records.silences.running_or_coming(datetime.now(UTC)) == []
    as_json = run("end", given.id, "--by", "ben", "--json")
    assert as_json.code == 1
    assert [one["done"] for one in json.loads(as_json.out)["incidents"]] == [False, False]


# With Temporal


@workflow.defn(name=names.WORKFLOW, sandboxed=False)
class Asleep:
    """An incident that is quiet; or in somebody's hands, when it refuses to page."""

    def __init__(self) -> None:
        self.pages: list[Page] = []
        self.refuses = ""

    @workflow.run
    async def run(self, refuses: str) -> None:
        self.refuses = refuses
        await workflow.wait_condition(lambda: False)

    @workflow.update(name=Action.PAGE.value)
    async def page(self, page: Page) -> ActionResult:
        self.pages.append(page)
        identity = workflow.info().workflow_id
        return ActionResult(
            incident_id=identity, action=Action.PAGE, message="nia is paged", stage=Box.RESOLVE
        )

    @page.validator
    def check(self, page: Page) -> None:
        if self.refuses:
            raise ApplicationError(self.refuses, type="Refused")

    @workflow.query
    def paged(self) -> list[Page]:
        return self.pages


class Night(NamedTuple):
    """A silence with three incidents: one asleep, one in somebody's hands, one closed."""

    silence: Silence
    asleep: WorkflowHandle[Any, Any]
    taken: WorkflowHandle[Any, Any]
    closed: str

    async def pages(self) -> list[Page]:
        return await self.asleep.query(Asleep.paged)


Type = Callable[..., Coroutine[Any, Any, Ended]]


@pytest.fixture
def type_(run: Run, env: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch) -> Type:
    """Types a command where Temporal answers."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", env.client.service_client.config.target_host)

    async def type_(*arguments: str) -> Ended:
        return await asyncio.to_thread(run, *arguments)

    return type_


@pytest.fixture
async def night(env: WorkflowEnvironment, records: RecordStore) -> AsyncIterator[Night]:
    given = on_record(records, -HOUR, HOUR)
    async with a_worker(env, given.id):
        handles = []
        for refuses in ("", "ana has acknowledged it", ""):
            handle = await env.client.start_workflow(
                names.WORKFLOW, refuses, id=incident_id(), task_queue=given.id
            )
            records.silences.note_silenced(given.id, handle.id)
            handles.append(handle)
        await handles[2].terminate()
        yield Night(given, handles[0], handles[1], handles[2].id)
        for handle in handles[:2]:
            await handle.terminate()


@asynccontextmanager
async def a_worker(env: WorkflowEnvironment, task_queue: str) -> AsyncIterator[None]:
    async with Worker(env.client, task_queue=task_queue, workflows=[Asleep]):
        yield


async def test_ended_early_it_wakes_what_it_silenced_once(
    type_: Type, night: Night, records: RecordStore
) -> None:
    ended = await type_("end", night.silence.id, "--by", "ben", "--json")

    repaged = {one["incident_id"]: one for one in ended.json["incidents"]}
    assert all(one["done"] for one in repaged.values())
    assert repaged[night.asleep.id]["words"] == f"{night.asleep.id}: nia is paged"
    assert repaged[night.taken.id]["words"] == f"{night.taken.id}: ana has acknowledged it"
    assert repaged[night.closed]["words"].startswith(
        f"no incident {night.closed} is open: it closed"
    )
    [page] = await night.pages()
    assert page == Page(by="ben", reason=f"{night.silence.id} was ended by ben", overrule=False)
    noted = records.silences.silenced_by(night.silence.id)
    assert [bool(one.woken_at) for one in noted] == [True, True, True]

    again = await type_("end", night.silence.id, "--by", "ben")
    assert (again.code, again.out) == (1, "")
    assert again.err.startswith(f"{night.silence.id} was ended by ben at ")
    assert len(await night.pages()) == 1


async def test_what_could_not_be_woken_is_woken_by_the_next_attempt(
    type_: Type, run: Run, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
        first = await asyncio.to_thread(run, "end", night.silence.id, "--by", "ben")
    assert first.code == 1
    assert await night.pages() == []

    second = await type_("end", night.silence.id, "--by", "cem")

    assert (second.code, second.err) == (0, "")
    assert second.out.splitlines()[0].startswith(f"{night.silence.id} was ended by ben at ")
    assert f"{night.asleep.id}: nia is paged" in second.out
    [page] = await night.pages()
    assert (page.by, page.reason) == ("cem", f"{night.silence.id} was ended by ben")


async def test_where_no_worker_answers_it_is_said(env: WorkflowEnvironment) -> None:
    handle = await env.client.start_workflow(
        names.WORKFLOW, "", id=incident_id(), task_queue="nobody-works-here"
    )
    [repaged] = await repage(env.client, [handle.id], by="ben", reason="", answer_within=0.3)
    await handle.terminate()
    assert not repaged.done
    assert repaged.words.startswith(f"No worker answered for {handle.id} within 0 s")
