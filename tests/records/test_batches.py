"""Calls that come at the same time share a transaction, and are answered when it is on the disk."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.delivery import transactions
from standfast.records.database import Database
from standfast.records.deliveries import Deliveries
from standfast.records.delivery import DeliveryState
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore
from tests.patience import PATIENCE
from tests.records.samples import incident

MANY = 40


class Ledger:
    """A database, its ledger, and calls that go wrong."""

    def __init__(self, url: str, patience: int = 5) -> None:
        self.database = Database(url, patience)
        self.deliveries = Deliveries(self.database)
        self.free = threading.Event()
        self.busy = threading.Event()

    def intend(self, key: str) -> str:
        return self.deliveries.intend(key, "ana", "text").key

    def hold_up(self) -> None:
        """Keep the others waiting, so that they come at the same time."""
        self.busy.set()
        assert self.free.wait(PATIENCE)

    def known(self, *keys: str) -> list[str]:
        return [key for key in keys if self.deliveries.get(key)]


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    ledger = Ledger(url)
    ledger.database.prepare()
    yield ledger
    ledger.free.set()
    ledger.database.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "records.db"


@pytest.fixture
def on_sqlite(file: Path) -> Iterator[Ledger]:
    ledger = Ledger(f"sqlite:///{file}", patience=1)
    ledger.database.prepare()
    yield ledger
    ledger.free.set()
    ledger.database.close()


async def test_many_at_once_need_few_waits_for_the_disk(on_sqlite: Ledger, file: Path) -> None:
    before = transactions(file)
    keys = [f"page {number}" for number in range(MANY)]
    run = on_sqlite.database.run
    assert await asyncio.gather(*(run(on_sqlite.intend, key) for key in keys)) == keys
    assert on_sqlite.known(*keys) == keys
    assert transactions(file) - before <= MANY / 4


async def test_they_are_written_in_the_order_in_which_they_came(on_sqlite: Ledger) -> None:
    order: list[int] = []
    run = on_sqlite.database.run
    await asyncio.gather(*(run(order.append, number) for number in range(MANY)))
    assert order == [*range(MANY)]


async def test_what_is_answered_is_kept_already(on_sqlite: Ledger, file: Path) -> None:
    async def intend(key: str) -> None:
        await on_sqlite.database.run(on_sqlite.intend, key)
        with closing(sqlite3.connect(file)) as another_program:
            found = another_program.execute("SELECT 1 FROM deliveries WHERE key = ?", (key,))
            assert found.fetchone()

    await asyncio.gather(*(intend(f"page {number}") for number in range(MANY)))


async def test_one_that_fails_harms_no_other(ledger: Ledger) -> None:
    run = ledger.database.run

    def fail(key: str) -> None:
        with ledger.database.writing() as connection:
            ledger.deliveries._lines.intended(connection, key, "ana", "text")
            raise KeyError(key)

    waiting = run(ledger.hold_up)
    answers = await asyncio.gather(
        waiting,
        run(fail, "bad 1"),
        run(ledger.intend, "good 1"),
        run(fail, "bad 2"),
        run(fail, "bad 3"),
        run(ledger.intend, "good 2"),
        asyncio.to_thread(ledger.free.set),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers[1:6]] == [KeyError, str, KeyError, KeyError, str]
    assert ledger.known("bad 1", "good 1", "bad 2", "bad 3", "good 2") == ["good 1", "good 2"]


async def test_when_the_transaction_is_lost_all_in_it_are_told(on_sqlite: Ledger) -> None:
    """As SQLite ends one when the disk is full."""
    run = on_sqlite.database.run

    def lose() -> None:
        with on_sqlite.database.writing() as connection:
            connection.exec_driver_sql("ROLLBACK")

    answers = await asyncio.gather(
        run(on_sqlite.hold_up),
        run(on_sqlite.intend, "before"),
        run(lose),
        run(on_sqlite.intend, "after"),
        asyncio.to_thread(on_sqlite.free.set),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers[1:3]] == [RecordsUnavailable] * 2
    assert "was rolled back" in str(answers[1])
    assert answers[3] == "after", "it came into the next one"
    assert on_sqlite.known("before", "after") == ["after"]
    assert await run(on_sqlite.intend, "before") == "before"


async def test_while_another_program_writes_all_wait_at_the_same_time(
    on_sqlite: Ledger, file: Path
) -> None:
    run = on_sqlite.database.run
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        refused = await asyncio.gather(
            *(run(on_sqlite.intend, f"page {number}") for number in range(MANY)),
            return_exceptions=True,
        )
        waited = time.monotonic() - began
    assert {type(each) for each in refused} == {RecordsUnavailable}
    assert f"the SQLite file {file} cannot be used: database is locked" in str(refused[0])
    assert waited < MANY / 2, "not a second each"
    assert await run(on_sqlite.intend, "page 1") == "page 1"


async def test_one_that_nobody_waits_for_any_more_is_not_run(on_sqlite: Ledger) -> None:
    run = on_sqlite.database.run
    held_up = asyncio.ensure_future(run(on_sqlite.hold_up))
    given_up = asyncio.ensure_future(run(on_sqlite.intend, "given up"))
    last = asyncio.ensure_future(run(on_sqlite.intend, "last"))
    assert await asyncio.to_thread(on_sqlite.busy.wait, PATIENCE)
    given_up.cancel()
    on_sqlite.free.set()
    await asyncio.gather(held_up, last)
    assert on_sqlite.known("given up", "last") == ["last"]


async def test_threads_and_other_processes_write_at_the_same_time(url: str) -> None:
    """Two stores know nothing of each other, as two processes do not."""
    stores = [RecordStore(url), RecordStore(url)]

    def save(number: int) -> None:
        stores[number % 2].incidents.save(incident(f"INC-{number:010}"))

    with ThreadPoolExecutor(6) as threads:
        saving = [threads.submit(save, number) for number in range(MANY)]
        keys = [f"page {number}" for number in range(MANY)]
        await asyncio.gather(
            *(
                store.run(store.deliveries.intend, key, "ana", "text")
                for key in keys
                for store in stores
            )
        )
        for each in saving:
            each.result()
    states = {known.state for key in keys if (known := stores[0].deliveries.get(key))}
    assert states == {DeliveryState.INTENDED}
    assert all(stores[1].incidents.get(f"INC-{number:010}") for number in range(MANY))
    for store in stores:
        store.close()


async def test_a_call_that_outlasts_its_close_is_in_nobodys_way(on_sqlite: Ledger) -> None:
    run = on_sqlite.database.run

    def intend_late() -> str:
        on_sqlite.hold_up()
        return on_sqlite.intend("late")

    held_up = asyncio.ensure_future(run(intend_late))
    assert await asyncio.to_thread(on_sqlite.busy.wait, PATIENCE)
    await asyncio.to_thread(on_sqlite.database.close)
    assert await asyncio.wait_for(run(on_sqlite.intend, "next"), PATIENCE) == "next"
    on_sqlite.free.set()
    assert await held_up == "late"
    assert on_sqlite.known("late", "next") == ["late", "next"]


async def test_a_store_that_was_closed_opens_again(url: str) -> None:
    store = RecordStore(url)
    for _ in range(2):
        known = await store.run(store.deliveries.intend, "page", "ana", "text")
        assert known.key == "page"
        store.close()
