"""Erasing in the record store: nothing of an incident is left but that it was there."""

import random
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from standfast.records import tables
from standfast.records.erasing import _parts
from standfast.records.store import RecordStore
from standfast.records.stored_key import StoredKey
from tests.records.samples import CLOSED, entry, incident

ONE, OTHER = "INC-AAAAAAAAAA", "INC-BBBBBBBBBB"

ELSEWHERE = {
    "erased_incidents": "what is left",
    "incident_keys": "thrown away by itself",
}
"""Tables that name an incident and have another way of forgetting it."""


def key(incident_id: str = ONE, key_id: str = "k1") -> StoredKey:
    return StoredKey(incident_id, key_id, "ring", b"wrapped")


def test_every_table_that_names_an_incident_is_erased() -> None:
    """A new table with incidents in it needs a line in `erasing._parts`, or a reason here."""
    named = {
        table.name
        for table in tables.metadata.tables.values()
        if {"incident_id", "incident_key"} & set(table.c.keys())
    }
    assert named - {part.table.name for part in _parts(ONE, ())} == set(ELSEWHERE)


def test_an_erased_incident_leaves_a_row_for_each_episode(store: RecordStore) -> None:
    for episode in (1, 2):
        store.incidents.save(incident(ONE, episode, title="Payroll of Mr Smith"))
    store.incidents.save(incident(OTHER, title="Payroll of Mrs Jones"))
    store.timelines.archive(ONE, 1, [entry(1), entry(2)])
    assert store.erasing.counts(ONE) == {
        "records": 2,
        "archived timeline entries": 2,
        "terms of the search": 4,
        "lines of the search": 2,
    }

    left = store.erasing.erase(ONE, "vera", "asked for")
    store.erasing.tidy()

    assert [(each.episode, each.outcome, each.by) for each in left] == [
        (1, "resolved", "vera"),
        (2, "resolved", "vera"),
    ]
    assert [each.episode for each in store.erasing.tombstones(ONE)] == [2, 1]
    assert store.erasing.counts(ONE) == {}
    assert store.incidents.get(ONE) is None
    assert [each.incident_id for each in store.incidents.similar("payroll", 9)] == [OTHER]
    # The next episode is counted on, so that no key of an effect comes twice.
    assert store.incidents.episodes(ONE) == 2


def test_what_is_older_is_found_by_its_last_episode(store: RecordStore) -> None:
    old = CLOSED - timedelta(days=400)
    store.incidents.save(incident(ONE, 1, closed_at=old))
    store.incidents.save(incident(ONE, 2, closed_at=CLOSED))
    store.incidents.save(incident(OTHER, 1, closed_at=old))
    assert store.erasing.closed_before(CLOSED - timedelta(days=365), 10) == [OTHER]


def test_a_person_is_replaced_as_a_whole_word_in_any_case(store: RecordStore) -> None:
    store.incidents.save(
        incident(ONE, title="Ana's laptop", description='ANA says "banana"', reporters=("ana",))
    )
    store.timelines.archive(ONE, 1, [entry(1)])
    assert store.erased_names.closed_incidents("ana") == [ONE]

    store.erased_names.replace("ana", "erased person 7F3K")

    view = store.incidents.get(ONE)
    assert view
    assert view.title == "erased person 7F3K's laptop"
    assert view.report.description == 'erased person 7F3K says "banana"'
    assert view.reporters == ("erased person 7F3K",)
    assert {each.actor for each in view.timeline} <= {"erased person 7F3K", "standfast"}
    assert store.erased_names.closed_incidents("ana") == []
    assert store.incidents.similar("ana laptop banana", 1)


@pytest.mark.parametrize("restarted", [False, True])
def test_one_key_encrypts_until_it_is_retired(store: RecordStore, restarted: bool) -> None:
    keys = store.incident_keys
    assert keys.current_or(key()) == key()
    assert keys.current_or(key(key_id="k2")) == key()
    if restarted:
        keys.retire([ONE])
        assert keys.current_or(key(key_id="k2")) == key(key_id="k2")
    assert keys.get(ONE, "k1") == key()
    assert keys.throw_away([ONE]) == int(restarted)
    gone = keys.get(ONE, "k1")
    assert gone
    assert (gone.wrapped is None) is restarted
    assert keys.wrapped_by() == {"ring": 1}


def test_a_key_that_was_thrown_away_is_not_wrapped_anew(store: RecordStore) -> None:
    keys = store.incident_keys
    keys.current_or(key())
    assert keys.not_wrapped_by("new", 10) == [key()]
    keys.retire([ONE])
    keys.throw_away([ONE])
    keys.rewrap(key()._replace(ring_key="new"))
    assert keys.not_wrapped_by("new", 10) == []
    gone = keys.get(ONE, "k1")
    assert gone
    assert gone.wrapped is None


def _left_in(place: Path) -> bytes:
    return b"".join(each.read_bytes() for each in place.glob("records.db*"))


def test_it_waits_for_who_reads_so_that_no_copy_stays_in_the_log_of_writes(tmp_path: Path) -> None:
    file = tmp_path / "records.db"
    store = RecordStore(f"sqlite:///{file}")
    store.incidents.save(incident(ONE, title="Payroll of Mr Smith"))
    reader = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM incidents").fetchone()
    store.erasing.erase(ONE, "vera", "asked for")
    done = threading.Timer(0.3, reader.rollback)
    done.start()
    store.erasing.tidy()
    done.join()
    assert b"Mr Smith" not in _left_in(tmp_path)
    reader.close()
    store.close()


def test_what_pages_kept_of_rows_that_moved_is_gone_as_well(tmp_path: Path) -> None:
    """SQLite copies rows when pages are divided, and overwrites only the copy that is deleted."""
    file = tmp_path / "records.db"
    store = RecordStore(f"sqlite:///{file}")
    store.prepare()
    rng, keys = random.Random(0), []  # with these numbers a copy stays
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("PRAGMA secure_delete = ON")
    writer.execute("BEGIN")
    for number in range(80):
        keys.append(f"{rng.choice([ONE, OTHER, OTHER])}:1:page-{number}:1")
        for each in (keys[-1], rng.choice(keys)):
            who = "Mr Smith" if each.startswith(ONE) else "rita"
            writer.execute(
                "INSERT OR REPLACE INTO deliveries (key, recipient, digest, channel, state, at, "
                "detail) VALUES (?, ?, '', '', 'failed', '', ?)",
                (each, who, "x" * rng.choice([5, 100, 900, 1500])),
            )
    writer.execute("COMMIT")
    writer.close()
    store.erasing.erase(ONE, "vera", "asked for")
    assert b"Mr Smith" in _left_in(tmp_path)
    store.erasing.tidy()
    assert b"Mr Smith" not in _left_in(tmp_path)
    assert store.erasing.counts(OTHER)
    store.close()
