"""The tables are made and upgraded at the first use: by one process, whole or not at all."""

import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from standfast.records.errors import RecordsUnavailable, SchemaTooNew, UpgradeFailed
from standfast.records.migrations import MIGRATION_TABLE
from standfast.records.store import RecordStore
from standfast.records.tables import LATEST_MIGRATION, schema
from tests.patience import PATIENCE
from tests.records.migrations.earlier import execute, load, tables
from tests.records.samples import incident

ID = "INC-AAAAAAAAAA"

STARTING = """
import sys
from standfast.records.migrations import running
from standfast.records.store import RecordStore

store = RecordStore(sys.argv[1], patience=30)
print("ready", flush=True)
sys.stdin.readline()
store.prepare()
store.close()
"""


@pytest.fixture
def url(empty_url: str) -> str:
    """Of an empty database: its tables are made, or upgraded, by who uses them first."""
    return empty_url


def test_who_upgrades_a_database_says_so_once(url: str, caplog: pytest.LogCaptureFixture) -> None:
    load(4, url)
    for _ in range(2):
        store = RecordStore(url)
        store.prepare()
        store.close()
    [said] = [record.getMessage() for record in caplog.records if record.levelno > logging.INFO]
    assert said.endswith(f"was upgraded from version 4 to migration {LATEST_MIGRATION}")


def test_a_new_database_is_nothing_to_speak_of(
    store: RecordStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.prepare()
    assert caplog.records == []


def test_a_newer_versions_tables_are_left_alone(url: str) -> None:
    new = RecordStore(url)
    new.prepare()
    new.close()
    execute(url, f"UPDATE {MIGRATION_TABLE} SET version_num = '9999'")
    old = RecordStore(url)
    with pytest.raises(SchemaTooNew) as refused:
        old.incidents.save(incident())
    old.close()
    assert "is at migration 9999, which a newer Standfast has made" in str(refused.value)
    assert f"this one knows up to {LATEST_MIGRATION}: run the newer Standfast" in str(refused.value)


def test_versions_before_the_migrations_keep_out(url: str, store: RecordStore) -> None:
    """They refuse a number above their own; the last one of them had 5."""
    load(4, url)
    store.prepare()
    with store._database.reading() as connection:
        assert connection.execute(schema.select()).scalars().all() == [6]


@pytest.mark.parametrize("version", [None, 4])
def test_of_processes_that_start_at_once_one_upgrades(url: str, version: int | None) -> None:
    if version:
        load(version, url)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", STARTING, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    told = [process.communicate("go\n", timeout=PATIENCE)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], told
    upgrades = [words for words in told if f"from version {version} to migration" in words]
    assert len(upgrades) == (1 if version else 0)
    assert "".join(told) == "".join(upgrades)


def test_an_upgrade_that_fails_leaves_everything_as_it_was(url: str) -> None:
    load(3, url)
    # The second of the migrations comes upon something that it cannot make an index of.
    execute(url, "CREATE VIEW repairs AS SELECT version FROM standfast_schema")
    before = tables(url)
    store = RecordStore(url)
    for _ in range(2):
        with pytest.raises(UpgradeFailed) as failed:
            store.incidents.get(ID)
    assert f"could not be upgraded from version 3 to migration {LATEST_MIGRATION}" in str(
        failed.value
    )
    assert "and is as it was: " in str(failed.value)
    assert "repairs" in str(failed.value)
    assert "start the version that ran before" in str(failed.value)
    assert failed.value.__suppress_context__
    assert tables(url) == before

    execute(url, "DROP VIEW repairs")
    assert store.incidents.get(ID), "put right, it goes on by itself"
    store.close()


def test_while_a_thread_upgrades_the_others_wait_no_longer_than_for_a_lock(url: str) -> None:
    store = RecordStore(url, patience=1)
    with ThreadPoolExecutor(1) as threads:
        with store._database._preparing:
            waiting = threads.submit(store.incidents.get, ID)
            with pytest.raises(RecordsUnavailable, match="being opened, or its tables upgraded"):
                waiting.result(PATIENCE)
        assert threads.submit(store.incidents.get, ID).result(PATIENCE) is None
    store.close()


def test_what_else_is_in_the_database_stays(url: str) -> None:
    execute(url, "CREATE TABLE paint (colour integer)")
    load(4, url)
    store = RecordStore(url)
    store.prepare()
    store.close()
    assert "paint colour integer" in " ".join(tables(url).replace("(", "").split())


def test_an_open_transaction_of_somebody_holds_up_no_upgrade(postgresql: str) -> None:
    load(5, postgresql)
    store = RecordStore(postgresql)
    with psycopg.connect(postgresql) as somebody:
        somebody.execute("UPDATE overrides SET reason = 'a forgotten edit'")
        store.prepare()
    assert store.incidents.get(ID)
    store.close()


def test_a_table_that_somebody_holds_is_tried_again(postgresql: str) -> None:
    load(4, postgresql)
    store = RecordStore(postgresql)
    with psycopg.connect(postgresql) as somebody:
        somebody.execute("LOCK TABLE standfast_schema IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(RecordsUnavailable, match="lock timeout"):
            store.prepare()
    store.prepare()
    assert store.incidents.get(ID)
    store.close()
