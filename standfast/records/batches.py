"""Calls that come at the same time share one transaction of SQLite, and one wait for the disk.

A thread takes every call that waits, runs one after the other, each as a part that can be undone
by itself, commits, and only then answers them all.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from sqlalchemy import Connection

from standfast.records.sqlite_writer import SqliteWriter
from standfast.records.writing import Answer

MOST_AT_ONCE = 64
"""Calls in one transaction."""

OPEN_FOR = 0.02
"""Seconds after which no further call joins a transaction, so that others get their turn."""


class _Call(NamedTuple):
    """until: when to give up waiting for SQLite's lock, by the monotonic clock."""

    work: Callable[[], object]
    answer: "asyncio.Future[Any]"
    until: float


class _Served(NamedTuple):
    """The calls of one thread."""

    calls: "SimpleQueue[_Call | None]"
    thread: threading.Thread


class _Outcome(NamedTuple):
    """How a call ended: it has its answer once that is on the disk."""

    call: _Call
    answer: object = None
    error: BaseException | None = None


class SqliteWriting:
    """Transactions that write to SQLite, each of its own or several calls in one."""

    def __init__(
        self,
        connect: Callable[[], Connection],
        patience: float,
        explained: Callable[[], AbstractContextManager[None]],
    ) -> None:
        """Take what `SqliteWriter` does.

        patience: how many seconds to wait for other threads and processes that write.
        explained: puts failures of the database into words.
        """
        self._writer = SqliteWriter(connect)
        self._patience = patience
        self._explained = explained
        self._here = _Here()
        self._changing = threading.Lock()
        self._served: _Served | None = None

    def alone(self) -> AbstractContextManager[Connection]:
        batch = self._here.batch
        return self._writer.transaction(
            batch.patient_until if batch else time.monotonic() + self._patience
        )

    def held(self) -> AbstractContextManager[None]:
        return self._writer.held(time.monotonic() + self._patience)

    def transaction(self) -> AbstractContextManager[Connection]:
        batch = self._here.batch
        return batch.part() if batch else self.alone()

    async def run(self, call: Callable[[], Answer]) -> Answer:
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        with self._changing:  # so that no call comes after the last one of a thread
            if self._served is None:
                self._served = self._start()
            self._served.calls.put(_Call(call, answer, time.monotonic() + self._patience))
        return await answer

    def close(self) -> None:
        """Answer those that wait; a call that takes too long ends behind our back."""
        with self._changing:
            served, self._served = self._served, None
            if served is not None:
                served.calls.put(None)
        if served is not None:
            served.thread.join(self._patience)
        self._writer.close()

    def _start(self) -> _Served:
        calls: SimpleQueue[_Call | None] = SimpleQueue()
        # With a queue and a batch of its own: the thread before it may not have ended yet.
        batch = _Batch(self._writer, self._patience)
        thread = threading.Thread(
            target=self._serve, args=(calls, batch), name="records", daemon=True
        )
        thread.start()
        return _Served(calls, thread)

    def _serve(self, calls: "SimpleQueue[_Call | None]", batch: "_Batch") -> None:
        self._here.batch = batch
        while (call := calls.get()) is not None:
            self._answer_together(call, calls, batch)

    def _answer_together(
        self, first: _Call, calls: "SimpleQueue[_Call | None]", batch: "_Batch"
    ) -> None:
        """Run calls in one transaction, commit it, and answer them."""
        ended = _ended(first, batch)
        while not batch.is_full(len(ended)):
            try:
                call = calls.get_nowait()
            except Empty:
                break
            if call is None:
                calls.put(None)
                break
            ended += _ended(call, batch)
        lost: Exception | None = None
        try:
            with self._explained():
                batch.commit()
        except Exception as error:
            lost = error
        _tell(ended, lost)


class _Batch:
    """The transaction of several calls; for the one thread that runs them."""

    def __init__(self, writer: SqliteWriter, patience: float) -> None:
        self.patient_until = 0.0
        self._writer = writer
        self._patience = patience
        self._connection: Connection | None = None
        self._began = 0.0
        self._is_lost = False

    def is_full(self, calls: int) -> bool:
        """Whether no further call may join."""
        late = self._connection is not None and time.monotonic() - self._began >= OPEN_FOR
        return calls >= MOST_AT_ONCE or late or self._is_lost

    @contextmanager
    def part(self) -> Iterator[Connection]:
        """A part that is undone alone when its block raises."""
        is_first = self._connection is None
        if self._connection is None:
            self._connection = self._writer.begin(self.patient_until)
            self._began = time.monotonic()
        else:
            self._writer.execute("SAVEPOINT part")
        try:
            yield self._connection
            self._writer.check()
        except BaseException:
            self._undo(everything=is_first)
            raise

    def commit(self) -> None:
        """Keep what all parts have written.

        Raises:
            sqlite3.Error: nothing of it was kept.
        """
        connection, self._connection = self._connection, None
        was_lost, self._is_lost = self._is_lost, False
        if was_lost:
            if connection is not None:
                self._writer.rollback()
            raise sqlite3.OperationalError("the transaction was rolled back")
        if connection is not None:
            self._writer.commit(time.monotonic() + self._patience)

    def _undo(self, *, everything: bool) -> None:
        if not everything:
            with suppress(sqlite3.Error):
                self._writer.execute("ROLLBACK TO part")
                return
            self._is_lost = True
        self._connection = None
        self._writer.rollback()


class _Here(threading.local):
    """The batch of the calls that this thread runs."""

    batch: _Batch | None = None


def _ended(call: _Call, batch: _Batch) -> list[_Outcome]:
    """How it ended; nothing where nobody waits for it any more."""
    if call.answer.done():
        return []
    batch.patient_until = call.until
    try:
        return [_Outcome(call, call.work())]
    except StopIteration as error:  # which no future can hold
        return [_Outcome(call, error=RuntimeError(f"the call raised {error!r}"))]
    except BaseException as error:
        # Told when the others are: it may come from what one of them has written before it.
        return [_Outcome(call, error=error)]


def _tell(ended: Sequence[_Outcome], lost: Exception | None) -> None:
    """Answer each call in its event loop; `lost` is why nothing was kept."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
    for outcome in ended:
        by_loop.setdefault(outcome.call.answer.get_loop(), []).append(outcome)
    for loop, outcomes in by_loop.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_answer, outcomes, lost)


def _answer(outcomes: Sequence[_Outcome], lost: Exception | None) -> None:
    for call, answer, error in outcomes:
        if call.answer.done():
            continue
        if lost or error:
            call.answer.set_exception(lost or error)  # type: ignore[arg-type]
        else:
            call.answer.set_result(answer)
