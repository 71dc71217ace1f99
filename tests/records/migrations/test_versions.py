"""Records of every earlier version are taken up as they are, and read by today's code."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from standfast.records.delivery import DeliveryState
from standfast.records.migrations.comparing import differences
from standfast.records.open_incidents import listed
from standfast.records.store import RecordStore
from standfast.records.tables import metadata
from tests.records.migrations.earlier import VERSIONS, execute, load, tables
from tests.records.samples import incident

CLOSED, OPEN = "INC-AAAAAAAAAA", "INC-BBBBBBBBBB"
BEGAN = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def url(empty_url: str) -> str:
    """Of an empty database: its tables are made, or upgraded, by who uses them first."""
    return empty_url


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def upgraded(url: str, version: int) -> str:
    load(version, url)
    return url


def test_upgraded_it_has_the_tables_of_a_new_one(upgraded: str, store: RecordStore) -> None:
    store.prepare()
    with store._database.reading() as connection:
        assert differences(connection, metadata) == []


def test_upgraded_on_sqlite_it_is_the_same_to_the_letter(
    tmp_path_factory: pytest.TempPathFactory, version: int
) -> None:
    places = [tmp_path_factory.mktemp(name) for name in ("old", "new")]
    old, new = (f"sqlite:///{place}/records.db" for place in places)
    load(version, old)
    for url in (old, new):
        store = RecordStore(url)
        store.prepare()
        store.close()
    assert sorted(tables(old).splitlines()) == sorted(tables(new).splitlines())


def test_what_it_had_is_read_by_todays_code(
    upgraded: str, version: int, store: RecordStore
) -> None:
    record = store.incidents.get(CLOSED)
    assert record
    assert [entry.event for entry in record.timeline] == ["reported", "comment", "closed"]
    assert record.resolution
    assert record.resolution.summary == "Put it out"
    assert [*store.search.indexing.catch_up()]
    assert [past.title for past in store.incidents.similar("the printer burns", 3)] == [
        "Printer on fire"
    ]
    sent = store.deliveries.get(f"{CLOSED}:1:page-1:1")
    assert sent
    assert (sent.recipient, sent.state, sent.fingerprint) == (
        "ana",
        DeliveryState.DELIVERED,
        "d" * 64,
    )
    if version >= 2:
        [run] = store.remediations.history()
        assert (run.runbook, run.target) == ("restart", "host web-1")
    if version >= 3:
        [silence] = store.silences.running_or_coming(BEGAN)
        assert silence.matcher.services == ("shop",)
        assert [each.incident_id for each in store.silences.silenced_by(silence.id)] == [CLOSED]
        [override] = store.overrides.all()
        assert (override.person, override.starts) == ("ben", BEGAN)
        assert store.digests.forget(f"{OPEN}:1:page-1:1", "ana", "applications")
    if version >= 4:
        line = store.repeats.line(OPEN)
        assert line
        assert line.report.labels == {"é": "'\"漢"}
        assert line.total == (3 if version == 4 else 4)
        assert store.groups.incident_of("alert-1") == "alert-1"
        assert store.webhooks.answer("alertmanager", "w-1") == '{"ok": true}'
        assert store.mails.incident_of("<m1@example.com>") == CLOSED
        [token] = store.tokens.all()
        assert token.name == "ana"
        assert store.idempotency.begin("caller", "key-1", "b" * 64).answer == '{"id": "INC"}'
    if version >= 5:
        stood = store.projections.get(OPEN)
        assert stood
        assert (stood.task, stood.view.status) == (4, "open")
        assert store.repairs.count(OPEN, 1) == 1
        assert store.open_incidents.those_of([OPEN]) == {OPEN: listed(stood.view)}


def test_it_is_written_to_as_before(upgraded: str, store: RecordStore) -> None:
    """The numbers of rows go on where the old code stopped."""
    store.incidents.save(incident(OPEN, title="Disk full"))
    assert store.incidents.get(OPEN) == incident(OPEN, title="Disk full")
    assert store.incidents.get(CLOSED)


def test_mail_that_was_ignored_is_set_aside_in_what_it_is_told_again(
    url: str, store: RecordStore
) -> None:
    load(VERSIONS[-1], url)
    fingerprint = hashlib.sha256(b"a mail").hexdigest()
    answer = '{"result":"ignored","incident_id":"","reason":"it says \\"result\\":\\"ignored\\""}'
    execute(
        url,
        "INSERT INTO mails_seen (fingerprint, message, incident_id, answer, at) "
        f"VALUES ('{fingerprint}', '', '', '{answer}', '2026-11-24 12:00:00')",
    )
    assert store.mails.answer("a mail") == answer.replace('"ignored","', '"set_aside","')
