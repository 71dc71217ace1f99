"""Mail that is set aside, on record: each message once, whole, and within bounds."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import update

from standfast.records import mails_set_aside as module
from standfast.records.mails_set_aside import KEPT_FOR, MailToSetAside
from standfast.records.store import RecordStore
from standfast.records.tables import mails_set_aside

RAW = b"Subject: x\r\n\r\n\x00\xff\r\n"


def mail(fingerprint: str, kind: str = "bounce", raw: bytes = RAW) -> MailToSetAside:
    envelope = ("", ("help@x.example",))
    return MailToSetAside(fingerprint, kind, "a@x.example", "x ä 漢", "why", raw, envelope=envelope)


def test_kept_once_and_whole(store: RecordStore) -> None:
    kept = store.mails_set_aside
    identity = kept.keep(mail("f"))
    assert kept.keep(mail("f", raw=b"another way")) == identity
    found = kept.get(identity)
    assert found
    assert (found.raw, found.envelope) == (RAW, ("", ("help@x.example",)))
    assert (found.line.size, found.line.subject) == (len(RAW), "x ä 漢")
    assert kept.latest() == [found.line]
    assert kept.get("MAIL-AAAAAAAA") is None


def test_listed_by_kind_newest_first(store: RecordStore) -> None:
    kept = store.mails_set_aside
    first, second = kept.keep(mail("1")), kept.keep(mail("2"))
    other = kept.keep(mail("3", kind="automatic"))
    assert [line.id for line in kept.latest()] == [other, second, first]
    assert [line.id for line in kept.latest(kind="bounce")] == [second, first]
    assert [line.id for line in kept.latest(1)] == [other]
    assert kept.counts() == {"bounce": 2, "automatic": 1}


def test_who_opened_it_first_stays(store: RecordStore) -> None:
    kept = store.mails_set_aside
    identity = kept.keep(mail("f"))
    kept.note_opened(identity, "ana", "INC-AAAAAAAAAA")
    kept.note_opened(identity, "ben", "INC-BBBBBBBBBB")
    [line] = kept.latest()
    assert (line.opened_by, line.incident_id) == ("ana", "INC-AAAAAAAAAA")
    assert line.opened_at


def test_a_flood_of_one_kind_pushes_out_nothing_of_another(
    store: RecordStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "MOST_OF_A_KIND", 2)
    kept = store.mails_set_aside
    person = kept.keep(mail("p", kind="automatic"))
    with caplog.at_level(logging.WARNING):
        bounces = [kept.keep(mail(str(number))) for number in range(4)]
    assert [line.id for line in kept.latest(kind="bounce")] == bounces[:1:-1]
    assert kept.get(person)
    assert "1 mails of the kind bounce that were set aside were dropped: 2 are kept" in caplog.text


def test_without_room_the_content_of_the_oldest_goes_first(
    store: RecordStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kept = store.mails_set_aside
    first = kept.keep(mail("1"))
    monkeypatch.setattr(module, "MOST_BYTES_OF_A_KIND", 1)
    with caplog.at_level(logging.WARNING):
        second = kept.keep(mail("2"))
    contents = [kept.get(one) for one in (first, second)]
    assert [one and one.raw for one in contents] == [None, RAW]
    assert "the content of 1 mails of the kind bounce" in caplog.text


def test_old_ones_are_dropped(store: RecordStore) -> None:
    kept = store.mails_set_aside
    kept.keep(mail("old"))
    with store._database.writing() as connection:
        past = store._database.now(connection) - KEPT_FOR - timedelta(days=1)
        connection.execute(update(mails_set_aside).values(at=past))
    new = kept.keep(mail("new", kind="automatic"))
    assert [line.id for line in kept.latest()] == [new]
