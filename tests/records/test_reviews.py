"""Reviews on record: begun once, written by the newest run, found by who finds the incident."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from standfast.incidents.confidentiality import Confidential, as_reader
from standfast.incidents.review import ActionItem, ActionState, Review
from standfast.records.store import RecordStore
from tests.records.samples import CLOSED, incident

ONE, OTHER = "INC-AAAAAAAAAA", "INC-BBBBBBBBBB"
DUE = datetime(2026, 12, 1, 12, tzinfo=UTC)


def review(incident_id: str = ONE, episode: int = 1, **changed: Any) -> Review:
    return Review(
        incident_id=incident_id,
        episode=episode,
        why="its priority was P1",
        wanted_at=CLOSED,
    ).model_copy(update=changed)


def action(incident_id: str = ONE, id: int = 1, **changed: Any) -> ActionItem:
    return ActionItem(
        id=id,
        incident_id=incident_id,
        episode=1,
        title="replace the disk",
        owner="ana",
        due=DUE,
        changed_by="ana",
        changed_at=CLOSED,
    ).model_copy(update=changed)


def test_it_begins_with_the_record_and_only_once(store: RecordStore) -> None:
    store.incidents.close(incident(ONE), None, review())
    store.reviews.keep(review(owner="ana", due=DUE, revision=1))
    store.incidents.close(incident(ONE), None, review())
    assert not store.reviews.want(review())
    kept = store.reviews.get(ONE, 1)
    assert kept
    assert kept.owner == "ana"
    assert store.reviews.episodes(ONE) == [1]


def test_a_run_is_started_until_it_has_written_itself(store: RecordStore) -> None:
    store.reviews.want(review())
    store.reviews.want(review(OTHER, wanted_at=CLOSED - timedelta(days=1)))
    assert [each.incident_id for each in store.reviews.to_start(9)] == [OTHER, ONE]
    assert store.reviews.keep(review())
    assert [each.incident_id for each in store.reviews.to_start(9)] == [OTHER]


def test_an_older_run_and_one_of_an_erased_incident_may_not_write(store: RecordStore) -> None:
    store.reviews.want(review())
    assert store.reviews.keep(review(revision=3, owner="ben"))
    assert not store.reviews.keep(review(revision=2, owner="ana"))
    kept = store.reviews.get(ONE, 1)
    assert kept
    assert kept.owner == "ben"
    store.erasing.erase(ONE, "vera", "asked for")
    assert not store.reviews.keep(review(revision=4))
    assert store.reviews.get(ONE, 1) is None


def test_runs_that_were_deleted_begin_again_with_what_is_on_record(store: RecordStore) -> None:
    store.reviews.want(review())
    store.reviews.keep(review(owner="ana", due=DUE, revision=3))
    store.reviews.want(review(OTHER))
    store.reviews.keep(review(OTHER, due=DUE, closed_at=CLOSED, revision=3))
    assert store.reviews.begin_all_again([ONE, OTHER]) == 1
    [again] = store.reviews.to_start(9)
    assert (again.owner, again.revision) == ("ana", 4)
    assert not store.reviews.keep(review(owner="eve", due=DUE, revision=3))


def test_open_actions_of_several_incidents_by_when_they_are_due(store: RecordStore) -> None:
    for which, actions in (
        (ONE, (action(), action(id=2, state=ActionState.DONE))),
        (OTHER, (action(OTHER, due=DUE - timedelta(days=1)),)),
    ):
        store.reviews.want(review(which))
        store.reviews.keep(review(which, due=DUE, actions=actions))
    found = store.reviews.open_actions([ONE, OTHER, "INC-CCCCCCCCCC"], None)
    assert [(each.incident_id, each.id) for each in found] == [(OTHER, 1), (ONE, 1)]
    assert store.reviews.open_actions([], None) == []
    assert found[1].words == "replace the disk (ana, due 2026-12-01)"


@pytest.mark.parametrize(
    ("reader", "found"),
    [
        (None, [ONE, OTHER]),
        (as_reader("ana", ["desk"]), [ONE]),
        (as_reader("eve", []), [ONE]),
        (as_reader("lena", []), [ONE, OTHER]),
    ],
)
def test_a_list_leaves_out_what_somebody_does_not_find(
    store: RecordStore, reader: Any, found: list[str]
) -> None:
    secret = Confidential(by="vera", people=("lena",))
    store.incidents.close(incident(ONE, title="Printer"), None, review())
    store.incidents.close(incident(OTHER, confidential=secret), None, review(OTHER))
    listed = store.reviews.listed(reader, 9)
    assert [each.review.incident_id for each in listed] == found
    assert listed[0].title == "Printer"
    assert store.reviews.listed(reader, 9, over=True) == []


def test_a_section_has_versions_and_nobody_overwrites_what_they_did_not_see(
    store: RecordStore,
) -> None:
    texts = store.review_texts
    texts.draft(ONE, 1, {"impact": "P1"})
    assert texts.versions(ONE, 1) == {}, "there is no review"
    store.reviews.want(review())
    texts.draft(ONE, 1, {"impact": "P1"})
    texts.draft(ONE, 1, {"impact": "another draft"})
    assert texts.write(ONE, 1, "impact", by="ana", text="40 people", instead_of=1)
    assert texts.write(ONE, 1, "impact", by="ben", text="mine", instead_of=1) is None
    assert texts.write(ONE, 1, "luck", by="ben", not_applicable=True)
    versions = texts.versions(ONE, 1)
    assert [(each.by, each.text) for each in versions["impact"]] == [
        ("ana", "40 people"),
        ("Standfast", "P1"),
    ]
    assert versions["luck"][0].says_something
