"""The list of open incidents: its order, its pages, its counts, and that it says what is known."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import delete

from standfast.incidents.assessment import Priority
from standfast.incidents.confidentiality import Confidential, Reader, as_reader
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView
from standfast.records.open_incidents import Narrowed, listed
from standfast.records.projections import projection_of
from standfast.records.store import RecordStore
from standfast.records.tables import projections
from tests.records.samples import OPENED, incident

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
_ANY = Narrowed()


def standing(incident_id: str, service: str = "printers", **changes: Any) -> IncidentView:
    """An open incident."""
    view = incident(incident_id, outcome=None, **changes)
    return view.model_copy(update={"report": view.report.model_copy(update={"service": service})})


def keep(store: RecordStore, *views: IncidentView, task: int = 3, at: datetime = AT) -> None:
    """Keep them as a worker does after a task."""
    store.projections.keep([projection_of(view, "run-1", task, at) for view in views])


def ids(store: RecordStore, wanted: Narrowed = _ANY) -> list[str]:
    return [each.incident_id for each in store.open_incidents.page(wanted, 50)]


@pytest.mark.parametrize(
    ("reader", "found"),
    [
        (as_reader("dora", ["desk"]), "INC-DESK INC-APPS INC-NONE"),
        (as_reader("ana", ["apps"]), "INC-DESK INC-APPS INC-NONE INC-SECRET"),
        (as_reader("hana", []), "INC-DESK INC-APPS INC-NONE INC-SECRET"),
        (as_reader("dora", ["desk"], own_team=True), "INC-DESK INC-NONE"),
        (as_reader("ana", ["apps"], own_team=True), "INC-APPS INC-NONE INC-SECRET"),
        (
            as_reader("lea", ["apps", "desk"], own_team=True),
            "INC-DESK INC-APPS INC-NONE INC-SECRET",
        ),
        (as_reader("hana", [], own_team=True), "INC-NONE INC-SECRET"),
        (as_reader("bo", [], own_team=True), "INC-APPS INC-NONE"),
        (as_reader("Bo", [], own_team=True), "INC-NONE"),
        (None, "INC-DESK INC-APPS INC-NONE INC-SECRET INC-LOST"),
    ],
)
def test_a_list_leaves_out_what_somebody_does_not_find(
    store: RecordStore, reader: Reader | None, found: str
) -> None:
    secret = Confidential(by="rita", people=("hana",))
    keep(
        store,
        standing("INC-DESK", team="desk"),
        standing("INC-APPS", team="apps", assignee="bo"),
        standing("INC-NONE", team=None),
        standing("INC-SECRET", team="apps", confidential=secret),
        standing("INC-LOST", team=None, confidential=Confidential(by="rita")),
    )
    known = store.open_incidents.those_of(["INC-DESK", "INC-APPS", "INC-NONE", "INC-SECRET"])
    assert sorted(ids(store, Narrowed(reader=reader))) == sorted(found.split())
    assert sum(store.open_incidents.counts(Narrowed(reader=reader), 10).values()) == len(
        found.split()
    )
    if reader:
        assert {each for each, line in known.items() if line.is_found_by(reader)} == {
            *found.split()
        }


def test_they_come_by_stage_then_the_most_urgent_then_the_oldest(store: RecordStore) -> None:
    keep(
        store,
        standing("INC-FOLLOWUP", stage=Box.FOLLOW_UP, priority=Priority.P1),
        standing("INC-NEWER", priority=Priority.P1, opened_at=OPENED + HOUR),
        standing("INC-TRIAGE", stage=Box.TRIAGE, priority=None),
        standing("INC-P3", priority=Priority.P3, opened_at=OPENED - HOUR),
        standing("INC-OLDER", priority=Priority.P1),
    )
    in_order = ["INC-TRIAGE", "INC-OLDER", "INC-NEWER", "INC-P3", "INC-FOLLOWUP"]
    assert ids(store) == in_order
    after, paged = None, []
    while page := store.open_incidents.page(Narrowed(), 2, after):
        paged += [each.incident_id for each in page]
        after = page[-1].place
    assert paged == in_order


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Narrowed(stage="resolve"), ["INC-A", "INC-B"]),
        (Narrowed(priority="P1"), ["INC-A"]),
        (Narrowed(team="apps"), ["INC-B", "INC-C"]),
        (Narrowed(category="network"), ["INC-C"]),
        (Narrowed(service="wiki"), ["INC-A", "INC-C"]),
        (Narrowed(service="wiki", team="apps", category="network"), ["INC-C"]),
        (Narrowed(service="wiki", team="apps", priority="P1"), []),
        (Narrowed(stage="nowhere"), []),
    ],
)
def test_a_list_is_narrowed(store: RecordStore, wanted: Narrowed, found: list[str]) -> None:
    keep(
        store,
        standing("INC-A", "wiki", priority=Priority.P1, team="desk"),
        standing("INC-B", "shop", team="apps"),
        standing("INC-C", "wiki", team="apps", category="network", stage=Box.FOLLOW_UP),
    )
    assert ids(store, wanted) == found
    counts = store.open_incidents.counts(wanted, 10)
    assert sum(n for stage, n in counts.items() if wanted.stage in ("", stage)) == len(found)


def test_what_is_counted_is_counted_up_to_a_limit(store: RecordStore) -> None:
    number = count()
    keep(store, *(standing(f"INC-{next(number)}") for _ in range(4)))
    keep(store, standing("INC-ONE", stage=Box.ESCALATE))
    assert store.open_incidents.counts(Narrowed(), 3) == {Box.RESOLVE: 3, Box.ESCALATE: 1}
    assert store.open_incidents.total() == 5
    assert store.open_incidents.total("P2") == 5
    assert store.open_incidents.total("P1") == 0


def test_a_line_is_as_its_projection_whoever_writes_last(store: RecordStore) -> None:
    keep(store, standing("INC-A", priority=Priority.P1), task=9, at=AT + HOUR)
    keep(store, standing("INC-A", priority=Priority.P4), standing("INC-B"), task=3)
    [line] = store.open_incidents.those_of(["INC-A", "INC-NONE"]).values()
    assert line == listed(standing("INC-A", priority=Priority.P1))
    keep(store, standing("INC-A", priority=Priority.P3), task=12, at=AT + HOUR)
    assert [each.priority for each in store.open_incidents.page(Narrowed(), 5)] == ["P2", "P3"]
    assert store.open_incidents.ids("", 5) == ["INC-A", "INC-B"]
    assert store.open_incidents.ids("INC-A", 5) == ["INC-B"]


def test_what_has_closed_is_not_listed(store: RecordStore) -> None:
    keep(store, standing("INC-A"), standing("INC-B"), standing("INC-C"))
    store.incidents.save(incident("INC-A"))
    keep(store, standing("INC-A"), task=9, at=AT + HOUR)
    store.projections.forget("INC-B", "another run")
    store.projections.forget("INC-C", "run-1")
    assert ids(store) == ["INC-B"]


def test_a_step_of_any_incident_is_noticed(store: RecordStore) -> None:
    seen = {store.projections.fingerprint()}
    keep(store, standing("INC-A"), standing("INC-B"))
    seen.add(store.projections.fingerprint())
    keep(store, standing("INC-A"), task=6, at=AT + HOUR)
    seen.add(store.projections.fingerprint())
    # Another worker may write later what happened earlier.
    keep(store, standing("INC-B"), task=7, at=AT + HOUR / 2)
    seen.add(store.projections.fingerprint())
    store.incidents.save(incident("INC-A"))
    seen.add(store.projections.fingerprint())
    assert len(seen) == 5


def test_only_an_incident_without_a_projection_is_unlisted(store: RecordStore) -> None:
    """As one that was closed by a worker of an older version, which knows of no list."""
    keep(store, standing("INC-A"), standing("INC-B"), standing("INC-C"))
    with store._database.writing() as connection:
        connection.execute(delete(projections).where(projections.c.incident_id == "INC-A"))
    for each in ("INC-A", "INC-B", "INC-NONE"):
        store.open_incidents.unlist(each)
    assert ids(store) == ["INC-B", "INC-C"]
