"""What the record store keeps of open incidents, and when it lets go of it."""

from datetime import UTC, datetime, timedelta

import pytest

from standfast.incidents.record import IncidentView, WaitingFor
from standfast.records.projections import Projection, projection_of
from standfast.records.store import RecordStore
from tests.records.samples import incident

AT = datetime(2026, 3, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ID, OTHER = "INC-AAAAAAAAAA", "INC-BBBBBBBBBB"


def stood(
    incident_id: str = ID,
    *,
    episode: int = 1,
    task: int = 3,
    at: datetime = AT,
    due: datetime | None = None,
    who: str | None = None,
) -> Projection:
    """How an open incident stood after a task."""
    waits = [WaitingFor(kind="timer", what="page again", until=due)] if due else []
    waits += [WaitingFor(kind="person", what="resolve it", who=who)] if who else []
    changes = {"status": "open", "closed_at": None, "waiting_for": tuple(waits)}
    view = incident(incident_id, episode).model_copy(update=changes)
    return projection_of(view, "run-1", task, at)


def test_what_was_kept_comes_back(store: RecordStore) -> None:
    kept = stood(due=AT + HOUR, who="ana")
    store.projections.keep([kept, stood(OTHER)])
    found = store.projections.get(ID)
    assert found == kept._replace(line=None, entry=None)
    assert (found.next_due, found.waits_for_person) == (AT + HOUR, True)
    assert isinstance(found.view, IncidentView)
    assert set(store.projections.of([ID, OTHER, "INC-NONE"])) == {ID, OTHER}
    assert store.projections.of([]) == {}
    assert store.projections.get("INC-NONE") is None


def test_the_later_moment_stays_whoever_writes_last(store: RecordStore) -> None:
    store.projections.keep([stood(task=9, at=AT + HOUR)])
    store.projections.keep([stood(task=3, at=AT), stood(OTHER)])
    assert [each.task for each in (store.projections.get(ID),) if each] == [9]
    store.projections.keep([stood(task=12, at=AT + HOUR)])
    assert [each.task for each in (store.projections.get(ID),) if each] == [12]
    store.projections.keep([])


@pytest.mark.parametrize("late", [False, True], ids=["before", "after it was on record"])
def test_an_episode_on_record_has_no_projection(store: RecordStore, late: bool) -> None:
    store.projections.keep([stood(), stood(OTHER)])
    store.incidents.save(incident(ID, 1))
    if late:
        store.projections.keep([stood(at=AT + HOUR), stood(OTHER)])
    assert set(store.projections.of([ID, OTHER])) == {OTHER}
    store.projections.keep([stood(episode=2, at=AT + 2 * HOUR)])
    assert set(store.projections.of([ID, OTHER])) == {ID, OTHER}


def test_overdue_are_those_whose_clock_is_over_and_those_that_wait_for_nothing(
    store: RecordStore,
) -> None:
    store.projections.keep(
        [
            stood("INC-LATE", due=AT - HOUR, who="ana"),
            stood("INC-LATER", due=AT - 2 * HOUR),
            stood("INC-FINE", due=AT + HOUR),
            stood("INC-PERSON", who="ana"),
            stood("INC-NOTHING"),
        ]
    )
    overdue = [each.incident_id for each in store.projections.overdue(AT, 10)]
    assert overdue == ["INC-NOTHING", "INC-LATER", "INC-LATE"]
    assert len(store.projections.overdue(AT, 2)) == 2
    store.projections.forget("INC-NOTHING")
    assert len(store.projections.overdue(AT, 10)) == 2
