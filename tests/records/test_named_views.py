"""Views on record: named twice, shared, too many, and gone with whom they name."""

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from standfast.incidents.named_view import NamedView, NewView
from standfast.records import named_views
from standfast.records.named_views import TooMany
from standfast.records.store import RecordStore
from tests.empty_records import empty_records
from tests.records.conftest import empty_schema


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RecordStore]:
    """One for all of them: each has people of its own."""
    place = tmp_path_factory.mktemp("views") / "records.db"
    on_postgresql = request.param == "postgresql"
    with empty_schema() if on_postgresql else nullcontext(empty_records(place)) as url:
        store = RecordStore(url)
        yield store
        store.close()


def view(name: str, by: str = "ana", query: str = "disk", team: str = "") -> NewView:
    return NewView(by=by, name=name, query=query, team=team)


def names(store: RecordStore, person: str, *teams: str) -> list[tuple[str, str]]:
    return [(each.name, each.owner) for each in store.named_views.seen_by(person, teams)]


def test_named_twice_shared_and_removed(store: RecordStore) -> None:
    views = store.named_views
    first = views.save(view("Disks"))
    assert views.save(view("Disks")) == first
    changed = views.save(view("DISKS", query="disk full", team="desk"))
    assert isinstance(changed, NamedView)
    assert (changed.name, changed.query) == ("DISKS", "disk full")
    views.save(view("Big", by="ben", team="desk"))
    views.save(view("Disks", by="ben"))
    assert names(store, "ana", "desk") == [("DISKS", "ana"), ("Big", "ben")]
    assert names(store, "ben", "desk") == [("Big", "ben"), ("Disks", "ben"), ("DISKS", "ana")]
    assert names(store, "cleo") == []
    assert views.remove("ana", "disks") == changed
    assert views.remove("ana", "disks") is None


def test_a_person_has_so_many_and_no_more(
    store: RecordStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(named_views, "MOST_VIEWS", 2)
    for number in range(2):
        assert store.named_views.save(view(f"View {number}", by="max"))
    assert store.named_views.save(view("One more", by="max")) == TooMany()
    assert store.named_views.save(view("View 1", by="max", query="changed"))
    assert store.named_views.save(view("One more", by="moritz"))


def test_a_team_has_so_many_and_no_more(
    store: RecordStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them is on the page of everybody in it."""
    monkeypatch.setattr(named_views, "MOST_VIEWS", 2)
    shared = [view("Disks", by=by, team="crowd") for by in ("tic", "tac")]
    for each in shared:
        assert isinstance(store.named_views.save(each), NamedView)
    toe = view("Disks", by="toe", team="crowd")
    assert store.named_views.save(toe) == TooMany("crowd")
    assert isinstance(store.named_views.save(view("Disks", by="toe")), NamedView)
    assert store.named_views.save(toe) == TooMany("crowd")
    changed = view("Disks", by="tac", query="full", team="crowd")
    assert isinstance(store.named_views.save(changed), NamedView)
    of_it = [
        (each.owner, each.query) for each in store.named_views.shared() if each.team == "crowd"
    ]
    assert of_it == [("tac", "full"), ("tic", "disk")]


def test_an_erased_person_takes_their_views_along_and_those_that_name_them(
    store: RecordStore,
) -> None:
    for each in (
        view("Mine", by="Eva"),
        view("Hers", by="kim", query="assignee:Eva is:open"),
        view("For Eva", by="kim"),
        view("Medieval", by="kim", query="medieval"),
        view("Mine too", by="evamaria"),
    ):
        store.named_views.save(each)
    store.erased_names.replace("eva", "erased person 7F3K")
    assert names(store, "eva") == []
    assert names(store, "kim") == [("Medieval", "kim")]
    assert names(store, "evamaria") == [("Mine too", "evamaria")]
