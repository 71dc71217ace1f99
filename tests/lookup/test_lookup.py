"""Where an incident is read from, when it has parts in the record store or the store is away."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from standfast.incidents import names
from standfast.incidents.flowchart import Box
from standfast.incidents.ids import incident_id
from standfast.incidents.record import TimelineEntry
from standfast.incidents.report import Report
from standfast.intake.errors import IntakeError, NoSuchIncident
from standfast.lookup.lookup import Lookup
from standfast.records.store import RecordStore
from tests.empty_records import empty_records
from tests.stories.desk import Desk
from workflows.case import Case
from workflows.state import State

AWAY = "sqlite:////dev/null/records.db"
"""No database can be where a device is."""


def entry(number: int) -> TimelineEntry:
    return TimelineEntry(
        number=number, at=datetime.now(UTC), box=Box.RESOLVE, event="comment", actor=f"ana {number}"
    )


async def long_lived(env: WorkflowEnvironment) -> str:
    """An incident whose first two events have been moved to the record store, in a new run."""
    identity = incident_id()
    report = Report(title="Wiki crashed")
    state = State(
        incident_id=identity,
        episode=1,
        opened_at=datetime.now(UTC),
        report=report,
        timeline=[entry(3), entry(4)],
        timeline_archived=2,
    )
    case = Case(report=report, state=state)
    await env.client.start_workflow(names.WORKFLOW, case, id=identity, task_queue=identity)
    return identity


@pytest.mark.parametrize(
    ("archived", "shown", "missing"), [(2, [1, 2, 3, 4], 0), (1, [1, 3, 4], 1)]
)
async def test_a_timeline_is_whole_again_when_it_is_shown(
    env: WorkflowEnvironment, tmp_path: Path, archived: int, shown: list[int], missing: int
) -> None:
    records = RecordStore(empty_records(tmp_path / "records.db"))
    identity = await long_lived(env)
    records.timelines.archive(identity, 1, [entry(number + 1) for number in range(archived)])

    view, notes, _ = await Lookup(env.client, records).find(identity)
    without, told, _ = await Lookup(env.client, RecordStore(AWAY)).find(identity)
    await env.client.get_workflow_handle(identity).terminate()
    records.close()

    assert [one.number for one in view.timeline] == shown
    assert (view.timeline_archived, notes) == (missing, ())
    assert [one.number for one in without.timeline] == [3, 4]
    assert told[0].startswith("its first 2 events are not shown: the SQLite file /dev/null")


async def test_a_closed_incident_is_read_from_its_history_while_the_records_are_away(
    desk: Desk,
) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    await ticket.act("withdraw", by="rita")
    await ticket.closes()

    view, notes, _ = await Lookup(desk.client, RecordStore(AWAY)).find(ticket.id)

    assert (view.status, view.outcome, view.waiting_for) == ("closed", "withdrawn", ())
    assert [note for note in notes if "cannot be used" in note] == list(notes) != []


async def test_what_nobody_knows_is_not_there_and_may_be_while_the_records_are_away(
    desk: Desk,
) -> None:
    nobody = incident_id()

    with pytest.raises(NoSuchIncident, match=f"there is no incident {nobody}"):
        await Lookup(desk.client, desk.records).find(nobody)
    with pytest.raises(IntakeError, match=f"Temporal does not know {nobody} .* cannot be used"):
        await Lookup(desk.client, RecordStore(AWAY)).find(nobody)


async def test_another_workflow_with_an_id_like_an_incident_s_is_none(
    env: WorkflowEnvironment, tmp_path: Path
) -> None:
    identity = incident_id()
    other = await env.client.start_workflow("Nothing", id=identity, task_queue="nobody")
    records = RecordStore(empty_records(tmp_path / "records.db"))
    with pytest.raises(NoSuchIncident, match=f"there is no incident {identity}"):
        await Lookup(env.client, records).find(identity)
    await other.terminate()
    records.close()
