"""What is added to a record: kept beside it once, found at once, and by whom; in each database."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from standfast.incidents.addition import Addition, AdditionKind, CorrectedField
from standfast.incidents.roles import Role
from standfast.incidents.search_query import parse
from standfast.records import adding
from standfast.records.adding import NotOnRecord, TooMany
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.search import Searcher
from standfast.records.store import RecordStore
from tests.records.samples import CLOSED, incident

ONE = "INC-AAAAAAAAAA"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
EVENT = AuditEvent(AuditKind.ADDED_TO_RECORD, by="ben", subject=ONE)
ALL, MIA = Searcher("", Role.ADMINISTRATOR), Searcher("mia", Role.REPORTER)


@pytest.fixture
def records(url: str) -> Iterator[RecordStore]:
    store = RecordStore(url)
    store.incidents.save(incident(ONE, reporters=("mia",)))
    yield store
    store.close()


def an_addition(text: str = "the toner", kind: str = "comment", **fields: object) -> Addition:
    given = {"kind": kind, "at": CLOSED, "by": "ben", "text": text}
    return Addition.model_validate(given | fields)


def add(records: RecordStore, addition: Addition, key: str = "") -> bool:
    return records.adding.add(ONE, 1, addition, key, EVENT)


def found(records: RecordStore, query: str, searcher: Searcher = ALL) -> int:
    return len(records.search.page(parse(query, NOW), searcher, 10, None).found)


def additions(records: RecordStore) -> list[tuple[AdditionKind, str]]:
    view = records.incidents.get(ONE)
    assert view is not None
    return [(each.kind, each.text) for each in view.additions]


def test_it_is_kept_beside_the_record_and_found_by_whom_it_is_for(records: RecordStore) -> None:
    assert add(records, an_addition("the zebra cartridge"))
    assert add(records, an_addition("we ordered papyrus", to_reporter=True))
    cause = an_addition("an aardvark", "correction", field="root_cause", reason="walrus")
    assert add(records, cause)
    assert add(records, an_addition("Paper Jam", "tag"))
    view = records.incidents.get(ONE)
    assert view is not None
    assert view.additions[0].at > CLOSED  # by the database's clock
    assert view.tags == ("paper jam",)
    assert view.title == "Printer on fire"
    assert CorrectedField.ROOT_CAUSE.written_in(view) == ""
    queries = ("zebra", "papyrus", "aardvark", "walrus", 'tag:"paper jam"')
    records.incidents.save(view)  # written again, it changes nothing
    assert [found(records, query) for query in queries] == [1, 1, 1, 1, 1]
    assert [found(records, query, MIA) for query in queries[:4]] == [0, 1, 0, 0]
    assert len(additions(records)) == 4
    told = records.audit.newest(10, kind=AuditKind.ADDED_TO_RECORD)
    assert [(entry.by, entry.subject) for entry in told] == [("ben", ONE)] * 4
    assert not records.audit.verify().wrong


def test_with_one_key_it_is_added_once(records: RecordStore) -> None:
    assert add(records, an_addition(), "try-1")
    assert not add(records, an_addition(), "try-1")
    assert add(records, an_addition(), "try-2")
    assert add(records, an_addition())
    assert len(additions(records)) == 3


def test_a_tag_is_there_once_and_can_be_taken_away(records: RecordStore) -> None:
    for text, kind, is_new in (
        ("toner", "tag", True),
        ("TONER", "tag", False),
        ("ink", "untag", False),
        ("toner", "untag", True),
        ("toner", "tag", True),
        ("toner", "untag", True),
    ):
        assert add(records, an_addition(text, kind)) is is_new, (text, kind)
    assert found(records, "tag:toner") == 0
    assert len(additions(records)) == 4  # what was said stays


def test_there_must_be_a_record_with_room(
    records: RecordStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding, "MOST", 1)
    add(records, an_addition())
    with pytest.raises(TooMany):
        add(records, an_addition())
    for incident_id, episode in (("INC-BBBBBBBBBB", 1), (ONE, 2)):
        with pytest.raises(NotOnRecord):
            records.adding.add(incident_id, episode, an_addition(), "", EVENT)
    records.erasing.erase(ONE, "vera", "asked for")
    with pytest.raises(NotOnRecord):
        add(records, an_addition())
    assert records.erasing.counts(ONE) == {}


def test_an_erased_person_is_not_found_in_it_any_more(records: RecordStore) -> None:
    add(records, an_addition("zacharias knew", by="zacharias"))
    assert records.erased_names.closed_incidents("zacharias") == [ONE]
    records.erased_names.replace("zacharias", "erased person 7F3K")
    assert found(records, "zacharias") == 0
    assert found(records, "erased") == 1
    assert additions(records) == [(AdditionKind.COMMENT, "erased person 7F3K knew")]
