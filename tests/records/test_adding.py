"""What is added to a record: kept beside it once, found at once, and by whom; in each database."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from sqlalchemy import update

from standfast.decisions.article_review import Terms
from standfast.incidents.addition import Addition, AdditionKind, CorrectedField
from standfast.incidents.article import ArticleText
from standfast.incidents.confidentiality import Confidential, as_reader
from standfast.incidents.flowchart import Box
from standfast.incidents.ids import incident_id
from standfast.incidents.record import IncidentView, TimelineEntry
from standfast.incidents.roles import Role
from standfast.incidents.search_query import parse
from standfast.records import adding
from standfast.records.adding import NotOnRecord, TooMany
from standfast.records.articles import Origin
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.search import Searcher
from standfast.records.store import RecordStore
from standfast.records.tables import indexed_incidents
from tests.records.samples import CLOSED, OPENED, incident

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ALL, MIA = Searcher("", Role.ADMINISTRATOR), Searcher("mia", Role.REPORTER)
DORA = Searcher("dora", Role.RESPONDER, as_reader("dora", ("desk",)))
HANA = Searcher("hana", Role.RESPONDER, as_reader("hana", ()))


class Record(NamedTuple):
    """One of its own for each test, in a store that they share."""

    store: RecordStore
    id: str

    def add(
        self, text: str = "the toner", kind: str = "comment", *, key: str = "", **more: object
    ) -> bool:
        given = {"kind": kind, "at": CLOSED, "by": "ben", "text": text} | more
        event = AuditEvent(AuditKind.ADDED_TO_RECORD, by="ben", subject=self.id)
        addition = Addition.model_validate(given)
        return self.store.adding.add(self.id, 1, addition, key and self.id + key, event)

    def view(self) -> IncidentView:
        view = self.store.incidents.get(self.id)
        assert view is not None
        return view

    def is_found(self, query: str, searcher: Searcher = ALL) -> bool:
        found = self.store.search.page(parse(query, NOW), searcher, 50, None).found
        return self.id in [each.incident.incident_id for each in found]


@pytest.fixture
def record(shared_store: RecordStore) -> Record:
    identity = incident_id()
    shared_store.incidents.save(incident(identity, reporters=("mia",)))
    return Record(shared_store, identity)


def test_it_is_kept_beside_the_record_and_found_by_whom_it_is_for(record: Record) -> None:
    assert record.add("the zebra cartridge")
    assert record.add("we ordered papyrus", to_reporter=True)
    assert record.add("an aardvark", "correction", field="root_cause", reason="walrus")
    assert record.add("Paper Jam", "tag")
    view = record.view()
    assert view.additions[0].at > CLOSED  # by the database's clock
    assert view.tags == ("paper jam",)
    assert CorrectedField.ROOT_CAUSE.written_in(view) == ""
    record.store.incidents.save(view)  # written again, it changes nothing
    assert record.view() == view
    queries = ("zebra", "papyrus", "aardvark", "walrus", 'tag:"paper jam"')
    assert [record.is_found(query) for query in queries] == [True] * 5
    hers = [record.is_found(query, MIA) for query in queries[:4]]
    assert hers == [False, True, False, False]
    log = record.store.audit.newest(50, kind=AuditKind.ADDED_TO_RECORD)
    assert [entry.by for entry in log if entry.subject == record.id] == ["ben"] * 4
    assert not record.store.audit.verify().wrong


def test_with_one_key_it_is_added_once(record: Record) -> None:
    assert record.add(key="try-1")
    assert not record.add(key="try-1")
    assert record.add(key="try-2")
    assert record.add()
    assert len(record.view().additions) == 3


def test_a_tag_is_there_once_and_can_be_taken_away(record: Record) -> None:
    for text, kind, is_new in (
        ("toner", "tag", True),
        ("TONER", "tag", False),
        ("ink", "untag", False),
        ("toner", "untag", True),
        ("toner", "tag", True),
        ("toner", "untag", True),
    ):
        assert record.add(text, kind) is is_new, (text, kind)
    assert not record.is_found("tag:toner")
    assert len(record.view().additions) == 4  # what was said stays


def test_there_must_be_a_record_with_room(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding, "MOST", 2)
    monkeypatch.setattr(adding, "MOST_OF_ONE", 1)
    record.add()
    with pytest.raises(TooMany, match="1 additions of ben"):
        record.add()
    record.add(by="ana")
    with pytest.raises(TooMany, match="2 additions to"):
        record.add(by="mia")
    with pytest.raises(NotOnRecord):
        record._replace(id="INC-BBBBBBBBBB").add()
    record.store.erasing.erase(record.id, "vera", "asked for")
    with pytest.raises(NotOnRecord):
        record.add()
    assert record.store.erasing.counts(record.id) == {}


def test_an_erased_person_is_not_found_in_it_any_more(record: Record) -> None:
    record.add("zacharias knew", by="zacharias")
    record.add("What zacharias broke", "correction", field="title")
    names = record.store.erased_names
    assert names.closed_incidents("zacharias") == [record.id]
    names.replace("zacharias", "erased person 7F3K")
    assert not record.is_found("zacharias")
    assert record.is_found("erased")
    said = [(each.kind, each.text) for each in record.view().additions]
    assert said == [
        (AdditionKind.COMMENT, "erased person 7F3K knew"),
        (AdditionKind.CORRECTION, "What erased person 7F3K broke"),
    ]
    [similar] = record.store.incidents.similar("broke", 5)
    assert similar.title == "What erased person 7F3K broke"


def test_a_correction_counts_wherever_others_go_on_from_the_record(record: Record) -> None:
    """It is listed, narrowed, counted and offered by what it should say, and found by both."""
    store = record.store
    written = record.view()
    store.incidents.close(written, None)
    for field, text in (
        ("title", "Quagga in the printer"),
        ("service", "zoo"),
        ("priority", "P1"),
        ("category", "access"),
        ("team", "keepers"),
        ("resolution", "Led the quagga out"),
        ("resolution", "Led the quagga home"),
    ):
        record.add(text, "correction", field=field)
    for query in (
        "quagga service:zoo",
        "quagga priority:P1",
        "quagga category:access",
        '"on fire"',
    ):
        assert record.is_found(query), query
    for query in ("quagga service:printers", "quagga priority:P2", "quagga team:keepers"):
        assert not record.is_found(query), query
    [similar] = store.incidents.similar("Quagga", 5)
    assert (similar.title, similar.resolution) == ("Quagga in the printer", "Led the quagga home")
    [measured] = [
        each for each in store.measures.between(OPENED, NOW, None) if each.incident_id == record.id
    ]
    assert (measured.service, measured.priority, measured.category) == ("zoo", "P1", "access")
    store.incidents.save(incident(record.id, 2, reporters=("mia",)))
    group = store.problems.around(record.id, None, 10)
    assert group is not None
    first = min(group.episodes, key=lambda each: each.episode)
    assert first.fix is not None
    assert (first.title, first.fix.what) == ("Quagga in the printer", "Led the quagga home")
    view = store.incidents.get(record.id, 1)
    assert view is not None
    assert (view.title, view.report.service) == (written.title, "printers")  # as it was written
    store.incidents.save(view)  # written again
    assert record.is_found("quagga service:zoo")
    assert store.incidents.similar("Quagga", 5) == [similar]


def test_a_late_word_is_found_however_much_was_said_before(record: Record) -> None:
    said = [
        TimelineEntry(
            number=number, at=CLOSED, box=Box.RESOLVE, event="comment", actor="ana", detail=words
        )
        for number, words in enumerate(("word" + str(n) + " ") * 1_000 for n in range(20))
    ]
    record.store.incidents.save(record.view().model_copy(update={"timeline": tuple(said)}))
    assert record.add("the zebra cartridge")
    assert record.is_found("zebra")


def ways_to(record: Record, searcher: Searcher, article: str) -> dict[str, bool]:
    """By which of these ways somebody who is no administrator finds what closed."""
    store, reader = record.store, searcher.reader
    assert reader is not None
    similar = [each.incident_id for each in store.incidents.similar("Quokka", 5)]
    problem = store.problems.around(record.id, reader, 10)
    measured = store.measures.between(OPENED, NOW, reader)
    terms = Terms(window=timedelta(days=3))
    return {
        "search": record.is_found("quokka", searcher),
        "similar": record.id in similar,
        "problem": problem is not None,
        "numbers": record.id in {each.incident_id for each in measured},
        "article": store.article_search.get(article, searcher, terms) is not None,
        "index": not store.hidden_episodes.of([record.id], reader),
    }


def test_what_is_made_confidential_after_the_close_is_as_what_was_before(record: Record) -> None:
    """For others it is nowhere, whatever writes it again, until it is said that it is not."""
    store = record.store
    written = incident(record.id, title="Quokka in the printer", team="printers")
    store.incidents.close(written, None)
    article = store.articles.write(
        ArticleText(title="Feed the quokka"), "ana", Origin(record.id, 1, "printers", 0)
    )
    assert set(ways_to(record, DORA, article).values()) == {True}

    assert record.add("", "restrict", people=("ben", "hana"), reason="it names Otto")
    for _ in range(2):
        view = record.view()
        assert view.confidential == Confidential(
            by="ben", why="it names Otto", people=("ben", "hana")
        )
        assert set(ways_to(record, DORA, article).values()) == {False}
        hana = ways_to(record, HANA, article)
        assert {way for way, found in hana.items() if not found} == {"similar"}  # it is for all
        assert record.is_found("quokka", MIA)
        assert not store.articles.staying([record.id])
        store.incidents.save(written)  # the run writes its record again
        with store._database.writing() as connection:  # as it is after an upgrade
            connection.execute(update(indexed_incidents).values(digest="", readers=""))
        assert sum(store.search.indexing.catch_up()) > 0

    assert record.add("", "unrestrict", reason="it was a drill")
    assert record.view().confidential is None
    assert set(ways_to(record, DORA, article).values()) == {True}
    log = store.audit.newest(9, kind=AuditKind.ADDED_TO_RECORD)
    assert len([entry for entry in log if entry.subject == record.id]) == 2


def test_who_finds_it_is_said_once_and_however_much_else_was_said(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding, "MOST_OF_ONE", 3)
    for _ in range(3):
        record.add()
    for kind, people, is_new in (
        ("unrestrict", (), False),
        ("restrict", ("ben",), True),
        ("restrict", ("ben",), False),
        ("restrict", ("hana",), True),
        ("unrestrict", (), True),
        ("unrestrict", (), False),
    ):
        assert record.add("", kind, people=people) is is_new, (kind, people)
    with pytest.raises(TooMany, match="3 additions of ben"):
        record.add("", "restrict")


def test_what_was_confidential_when_it_closed_need_not_stay_so(record: Record) -> None:
    secret = Confidential(by="mia", people=("hana",))
    record.store.incidents.save(record.view().model_copy(update={"confidential": secret}))
    assert not record.is_found("fire", DORA)
    assert record.add("", "restrict", people=("dora",))
    assert record.view().confidential == Confidential(by="mia", people=("hana", "dora"))
    assert record.is_found("fire", DORA)
    record.add("", "unrestrict")
    assert record.is_found("fire", DORA)


def test_an_erased_person_finds_it_no_more(record: Record) -> None:
    record.add("", "restrict", people=("zacharias",))
    zacharias = Searcher("zacharias", Role.RESPONDER, as_reader("zacharias", ()))
    assert record.is_found("fire", zacharias)
    record.store.erased_names.replace("zacharias", "erased person 7F3K")
    assert not record.is_found("fire", zacharias)
    known = record.view().confidential
    assert known is not None
    assert known.people == ("erased person 7F3K",)


def test_what_its_problem_is_called_is_for_who_finds_it_from_then_on(record: Record) -> None:
    store, reader = record.store, DORA.reader
    store.incidents.save(incident(record.id, 2))

    def called(by: Searcher) -> list[str]:
        group = store.problems.around(record.id, by.reader, 10)
        return [said.title for said in group.said] if group else []

    assert reader is not None
    store.problems.name([(record.id, 1), (record.id, 2)], title="Otto's pay", owner="", by="ben")
    assert called(DORA) == ["Otto's pay"] * 2
    record.add("", "restrict", people=("hana",))
    assert (called(DORA), called(HANA)) == ([], ["Otto's pay"])
    record.add("", "unrestrict")
    assert called(DORA) == ["Otto's pay"]
