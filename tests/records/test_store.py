"""What is kept of incidents and deliveries, and what happens when it cannot be."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from standfast.incidents.record import Outcome
from standfast.records.database import Database
from standfast.records.delivery import DeliveryState, SentThrough
from standfast.records.errors import BadDatabaseUrl, RecordsUnavailable
from standfast.records.store import RecordStore
from tests.records.samples import CLOSED, entry, incident

ID = "INC-AAAAAAAAAA"
KEY = f"{ID}:1:page-1:1"


def test_an_incident_comes_back_as_it_was_saved(store: RecordStore) -> None:
    saved = incident(description='{"a": [1]}\n' + "🔥é漢'\";--\\ " * 1_000)
    store.incidents.save(saved)
    found = store.incidents.get(ID)
    assert found == saved
    assert found.opened_at.utcoffset() is not None


def test_an_episode_saved_twice_is_one_record_the_later_one(store: RecordStore, url: str) -> None:
    store.incidents.save(incident(resolution="Put it out"))
    store.incidents.save(incident(resolution="Bought a new one"))
    found = store.incidents.get(ID)
    assert found
    assert found.resolution
    assert found.resolution.summary == "Bought a new one"
    assert [past.resolution for past in store.incidents.similar("printer", 10)] == [
        "Bought a new one"
    ]


def test_the_latest_episode_is_meant_unless_another_is_named(store: RecordStore) -> None:
    assert (store.incidents.episodes(ID), store.incidents.get(ID)) == (0, None)
    for episode in (1, 3, 2):
        store.incidents.save(incident(episode=episode, title=f"Fire number {episode}"))
    store.incidents.save(incident("INC-BBBBBBBBBB", 9))
    assert store.incidents.episodes(ID) == 3
    latest, second = store.incidents.get(ID), store.incidents.get(ID, 2)
    assert latest
    assert second
    assert (latest.title, second.title) == ("Fire number 3", "Fire number 2")
    assert store.incidents.get(ID, 4) is None


def test_what_is_on_record_outlives_the_process(url: str) -> None:
    first = RecordStore(url)
    first.incidents.save(incident())
    first.deliveries.delivered(KEY, "ana", "d1", SentThrough("json (1)"))
    first.close()
    second = RecordStore(url)
    assert second.incidents.get(ID) == incident()
    known = second.deliveries.get(KEY)
    second.close()
    assert known
    assert known.state is DeliveryState.DELIVERED


def test_a_timeline_moved_out_comes_back_whole_and_in_order(store: RecordStore) -> None:
    store.timelines.archive(ID, 1, [entry(3), entry(4)])
    store.timelines.archive(ID, 1, [entry(1), entry(2), entry(3)])
    store.timelines.archive(ID, 2, [entry(1)])
    store.timelines.archive(ID, 1, [])
    assert [kept.number for kept in store.timelines.archived(ID, 1)] == [1, 2, 3, 4]

    # A worker that died between moving and dropping leaves entry 4 in both places.
    store.incidents.save(incident(timeline=(entry(4), entry(5)), timeline_archived=3))
    found = store.incidents.get(ID)
    assert found
    assert [told.number for told in found.timeline] == [1, 2, 3, 4, 5]
    assert found.timeline_archived == 0


def test_a_timeline_whose_older_part_is_lost_says_so(store: RecordStore) -> None:
    store.timelines.archive(ID, 1, [entry(2)])
    store.incidents.save(incident(timeline=(entry(4), entry(5)), timeline_archived=3))
    found = store.incidents.get(ID)
    assert found
    assert ([told.number for told in found.timeline], found.timeline_archived) == ([2, 4, 5], 2)


def test_the_ledger_tells_what_became_of_a_message(store: RecordStore) -> None:
    assert store.deliveries.get(KEY) is None
    before = datetime.now(UTC) - timedelta(seconds=1)
    intended = store.deliveries.intend(KEY, "ana", "d1")
    assert intended == store.deliveries.get(KEY)
    assert (intended.recipient, intended.fingerprint, intended.state) == (
        "ana",
        "d1",
        DeliveryState.INTENDED,
    )
    assert before < intended.at <= datetime.now(UTC)

    store.deliveries.undelivered(KEY, "ana", "d1", "json (1): answered with HTTP status 500")
    failed = store.deliveries.get(KEY)
    assert failed
    assert (failed.state, failed.detail) == (
        DeliveryState.FAILED,
        "json (1): answered with HTTP status 500",
    )

    store.deliveries.delivered(KEY, "ana", "d1", SentThrough("json (2)"))
    delivered = store.deliveries.intend(KEY, "ana", "d1")
    assert (delivered.state, delivered.channel, delivered.detail) == (
        DeliveryState.DELIVERED,
        "json (2)",
        "",
    )


def test_a_key_keeps_the_message_that_it_was_first_used_for(store: RecordStore) -> None:
    store.deliveries.intend(KEY, "ana", "d1")
    again = store.deliveries.intend(KEY, "ben", "d2")
    assert (again.recipient, again.fingerprint) == ("ana", "d1")


def test_a_late_failure_does_not_undo_a_delivery(store: RecordStore) -> None:
    store.deliveries.delivered(KEY, "ana", "d1", SentThrough("json (1)"))
    store.deliveries.undelivered(KEY, "ana", "d1", "another attempt failed")
    known = store.deliveries.get(KEY)
    assert known
    assert known.state is DeliveryState.DELIVERED


def test_threads_do_not_disturb_each_other(store: RecordStore) -> None:
    def work(number: int) -> str:
        store.incidents.save(incident(f"INC-{number % 4:010}", title=f"Fire {number}"))
        store.timelines.archive(ID, 1, [entry(number % 7 + 1)])
        return store.deliveries.intend(KEY, f"person {number}", "d").recipient

    with ThreadPoolExecutor(12) as threads:
        first_users = set(threads.map(work, range(48)))
    assert len(first_users) == 1, "one message got the key, and everybody was told which"
    assert [kept.number for kept in store.timelines.archived(ID, 1)] == [1, 2, 3, 4, 5, 6, 7]
    assert len(store.incidents.similar("fire", 100)) == 4


def test_many_start_at_once_on_an_empty_database(empty_url: str) -> None:
    stores = [RecordStore(empty_url) for _ in range(8)]
    together = threading.Barrier(len(stores))

    def start(store: RecordStore) -> None:
        together.wait()
        store.prepare()
        store.incidents.save(incident())

    with ThreadPoolExecutor(len(stores)) as threads:
        list(threads.map(start, stores))
    assert stores[0].incidents.get(ID) == incident()
    for store in stores:
        store.close()


def test_sqlite_writes_so_that_a_power_cut_loses_nothing(tmp_path: Path) -> None:
    file = tmp_path / "missing" / "directories" / "records.db"
    database = Database(f"sqlite:///{file}")
    with database.reading() as connection:
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    database.close()
    assert (journal, synchronous) == ("wal", 2), "2 is FULL"
    assert file.exists()


def test_a_locked_database_is_unavailable_and_then_it_is_not(tmp_path: Path) -> None:
    file = tmp_path / "records.db"
    store = RecordStore(f"sqlite:///{file}", patience=1)
    store.incidents.save(incident())
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RecordsUnavailable) as refused:
            store.incidents.save(incident(title="Another fire"))
        assert store.incidents.get(ID) == incident(), "reading goes on"
    store.incidents.save(incident(title="Another fire"))
    found = store.incidents.get(ID)
    store.close()
    assert found
    assert found.title == "Another fire"
    assert f"the SQLite file {file} cannot be used: database is locked" in str(refused.value)
    assert "no other program" in str(refused.value)


def _under_a_file(place: Path) -> Path:
    (place / "file").touch()
    return place / "file" / "records.db"


def _a_directory(place: Path) -> Path:
    return place


def _no_database(place: Path) -> Path:
    (place / "records.db").write_text("these are no records\n" * 1_000)
    return place / "records.db"


@pytest.mark.parametrize("file", [_under_a_file, _a_directory, _no_database])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, file: Callable[[Path], Path]) -> None:
    path = file(tmp_path)
    store = RecordStore(f"sqlite:///{path}", patience=1)
    uses: list[Callable[[], object]] = [
        lambda: store.incidents.save(incident(description="a private matter")),
        lambda: store.incidents.get(ID),
        lambda: store.incidents.similar("printer", 3),
        lambda: store.deliveries.get(KEY),
        store.prepare,
    ]
    for use in uses:
        with pytest.raises(RecordsUnavailable) as refused:
            use()
        assert f"the SQLite file {path} cannot be used: " in str(refused.value)
        assert "private matter" not in repr(refused.value)
        assert refused.value.__suppress_context__, "the cause holds what was to be written"
    store.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://sam:hush@host/records", "not in 'mysql'"),
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("records.db hush", "is not an SQLAlchemy URL"),
        ("postgresql://sam:hush@host:port/records", "is not an SQLAlchemy URL"),
    ],
)
def test_a_url_that_no_store_can_have_is_refused_at_once(url: str, words: str) -> None:
    with pytest.raises(BadDatabaseUrl) as refused:
        RecordStore(url)
    assert words in str(refused.value)
    assert "hush" not in str(refused.value)


def test_an_open_incident_may_be_on_record_too(store: RecordStore) -> None:
    still_open = incident(outcome=None, resolution="")
    store.incidents.save(still_open)
    assert store.incidents.get(ID) == still_open
    store.incidents.save(incident(outcome=Outcome.AUTOMATED))
    closed = store.incidents.get(ID)
    assert closed
    assert closed.closed_at == CLOSED
