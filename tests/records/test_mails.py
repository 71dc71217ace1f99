"""Mail on record: each message once, and where it went."""

from datetime import timedelta

from sqlalchemy import update

from standfast.records.mails import KEPT_FOR
from standfast.records.store import RecordStore
from standfast.records.tables import mails_seen


def test_what_was_answered_first_stays(store: RecordStore) -> None:
    assert store.mails.answer("f") is None
    store.mails.taken("f", "1@x", "INC-AAAAAAAAAA", "opened ä 漢")
    store.mails.taken("f", "1@x", "INC-BBBBBBBBBB", "again")
    assert store.mails.answer("f") == "opened ä 漢"


def test_the_first_message_of_an_id_tells_the_incident(store: RecordStore) -> None:
    store.mails.taken("a", "1@x", "", "set_aside")
    assert store.mails.incident_of("1@x") is None
    store.mails.taken("b", "1@x", "INC-AAAAAAAAAA", "commented")
    store.mails.taken("c", "1@x", "INC-BBBBBBBBBB", "commented")
    assert store.mails.incident_of("1@x") == "INC-AAAAAAAAAA"
    store.mails.taken("d", "", "INC-CCCCCCCCCC", "opened")
    assert store.mails.incident_of("") is None


def test_anything_may_be_an_id(store: RecordStore) -> None:
    wild = "'; DROP TABLE mails_seen; --\x00\ud800" + "x" * 100_000
    store.mails.taken(wild, wild, "INC-AAAAAAAAAA", "x")
    assert store.mails.answer(wild) == "x"
    assert store.mails.incident_of(wild) == "INC-AAAAAAAAAA"


def test_very_old_ones_are_dropped(store: RecordStore) -> None:
    store.mails.taken("old", "1@x", "INC-AAAAAAAAAA", "x")
    with store._database.writing() as connection:
        past = store._database.now(connection) - KEPT_FOR - timedelta(days=1)
        connection.execute(update(mails_seen).values(at=past))
    store.mails.taken("new", "2@x", "INC-BBBBBBBBBB", "x")
    assert store.mails.answer("old") is None
    assert store.mails.answer("new") == "x"
