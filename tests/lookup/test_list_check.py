"""The list of open incidents is put right where it differs from Temporal's."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete
from temporalio.testing import WorkflowEnvironment

from standfast.incidents.assessment import Priority
from standfast.incidents.flowchart import Box
from standfast.incidents.record import Outcome
from standfast.lookup.list_check import ListCheck
from standfast.policy_file.source import PolicySource
from standfast.records.open_incidents import OpenIncident, listed
from standfast.records.projections import projection_of
from standfast.records.tables import projections
from tests.http_sink import HttpSink
from tests.lookup.unpolled import waiting
from tests.records.samples import incident
from tests.stories.company import write_policy
from tests.stories.desk import Desk, Ticket, open_desk, until


@pytest.fixture
async def forgetful(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> AsyncIterator[Desk]:
    """A desk whose worker always dies before it has written a projection."""
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path, projecting=False) as desk:
        yield desk


def line_of(desk: Desk, ticket: Ticket) -> OpenIncident | None:
    return desk.records.open_incidents.those_of([ticket.id]).get(ticket.id)


async def mended(check: ListCheck, desk: Desk, ticket: Ticket, wanted: object) -> None:
    """Walk until it is listed so: Temporal's list is a moment behind."""

    async def is_so() -> bool:
        await check.mend()
        return line_of(desk, ticket) == wanted

    await until(f"{ticket.id} is listed as {wanted}", is_so)


async def test_what_no_worker_wrote_is_listed_and_what_was_terminated_is_not(
    forgetful: Desk,
) -> None:
    desk = forgetful
    check = ListCheck(desk.client, desk.records, desk.lookup)
    ticket = await desk.report()
    view = await ticket.reaches_resolve()
    assert line_of(desk, ticket) is None
    await mended(check, desk, ticket, listed(view))

    await ticket.act("reprioritise", by="ana", impact="high", urgency="high")
    view = await ticket.view()
    assert view.priority is Priority.P1
    await mended(check, desk, ticket, listed(view))

    await ticket.handle.terminate()
    await mended(check, desk, ticket, None)
    assert desk.records.projections.get(ticket.id) is None


async def test_what_a_worker_of_an_older_version_closed_is_not_listed(forgetful: Desk) -> None:
    """It drops the projection, and knows of no list."""
    desk = forgetful
    check = ListCheck(desk.client, desk.records, desk.lookup)
    ticket = await desk.report()
    await mended(check, desk, ticket, listed(await ticket.reaches_resolve()))
    with desk.records._database.writing() as connection:
        connection.execute(delete(projections).where(projections.c.incident_id == ticket.id))
    await ticket.handle.terminate()
    await mended(check, desk, ticket, None)


async def test_what_runs_on_although_it_is_on_record_is_listed_until_it_closes(desk: Desk) -> None:
    """As after Temporal's database was restored from an older copy than the records."""
    check = ListCheck(desk.client, desk.records, desk.lookup)
    ticket = await desk.report("Wiki crashed", service="wiki")
    view = await ticket.reaches_resolve()
    closed = {"status": "closed", "outcome": Outcome.RESOLVED, "waiting_for": ()}
    just_now = view.model_copy(update={**closed, "closed_at": datetime.now(UTC)})
    desk.records.incidents.save(just_now)
    await check.mend()
    assert line_of(desk, ticket) is None  # it may be closing
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    desk.records.incidents.save(just_now.model_copy(update={"closed_at": long_ago}))
    await mended(check, desk, ticket, listed(view))
    await ticket.act("reprioritise", by="ana", impact="high", urgency="high")

    async def is_told() -> bool:
        line = line_of(desk, ticket)
        return line is not None and line.priority == Priority.P1

    await until("its next step is told", is_told)
    assert (await ticket.view()).status == "open"
    await ticket.act("withdraw", by="rita")
    await ticket.closes()
    assert line_of(desk, ticket) is None


async def test_it_walks_when_two_counts_in_a_row_differ_and_says_so(forgetful: Desk) -> None:
    desk = forgetful
    check = ListCheck(desk.client, desk.records, desk.lookup, every=0, walk_every=0)
    ticket = await desk.report()
    await ticket.reaches_resolve()

    async def told() -> bool:
        await asyncio.sleep(0)
        return bool(check.words())

    await until("viewers are told", told)

    async def is_listed() -> bool:
        check.words()
        return line_of(desk, ticket) is not None

    await until("it is put right", is_listed)


async def test_what_temporal_still_has_in_the_first_box_is_no_fault_of_the_list(
    desk: Desk,
) -> None:
    check = ListCheck(desk.client, desk.records, desk.lookup)

    async def all_else_is_listed() -> bool:
        # The server is shared with other stories, of whose incidents this list has none yet.
        return not await check.mend()

    async with waiting(desk, f"slow {uuid.uuid4()}", 1) as [incident_id]:
        view = incident(incident_id, outcome=None, stage=Box.TRIAGE)
        desk.records.projections.keep([projection_of(view, "run", 1, view.opened_at)])
        await until("all else is listed", all_else_is_listed)
        assert [await check.check() for _ in range(3)] == [0, 0, 0]
        assert check.words() == []
        assert line_of(desk, desk.ticket(incident_id)) == listed(view)
