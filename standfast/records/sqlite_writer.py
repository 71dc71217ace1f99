"""How this process writes to its SQLite file: one connection, one transaction at a time, in turn.

SQLite's own lock knows no order, and who waits for it looks again after up to a tenth of a second.
So it is asked for by one thread of a process at a time; only other processes are in its way.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import TimeoutError as NoTurn

from standfast.records.fair_lock import FairLock

_FIRST_PAUSE, _LONGEST_PAUSE = 0.0002, 0.002
"""Seconds until SQLite's lock is tried again while another process holds it."""

_PRIMARY = 0xFF
"""The part of an SQLite error code that says its kind."""


class SqliteWriter:
    """To be used by any thread: `begin`, then `commit` or `rollback` in the same one.

    Moments (`until`) are those of the monotonic clock.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        """`connect` makes a connection that begins no transactions by itself."""
        self._connect = connect
        self._turn = FairLock()
        self._connection: Connection | None = None
        self._driver: Any = None
        """SQLite's own connection below it: what is said of transactions costs little there."""
        self._closed = False

    @contextmanager
    def transaction(self, until: float) -> Iterator[Connection]:
        """A transaction of its own, that begins until then.

        Raises:
            NoTurn: other threads wrote until then.
            sqlite3.OperationalError: another process did, or the disk failed.
        """
        connection = self.begin(until)
        try:
            yield connection
        except BaseException:
            self.rollback()
            raise
        self.commit(until)

    @contextmanager
    def held(self, until: float) -> Iterator[None]:
        """Its turn, without a transaction: meanwhile nobody else of this process writes.

        Raises:
            NoTurn: other threads wrote until then.
        """
        self._take_turn(until)
        try:
            yield
        finally:
            self._end()

    def begin(self, until: float) -> Connection:
        """Begin a transaction; it is tried at least once. Raises as `transaction` does."""
        self._take_turn(until)
        try:
            if self._connection is None:
                self._connection = self._connect()
                self._driver = self._connection.connection.dbapi_connection
            _patiently(self._driver, "BEGIN IMMEDIATE", until)
        except BaseException:
            self.rollback()
            raise
        return self._connection

    def execute(self, words: str) -> None:
        """Say something about the transaction that is open."""
        self._driver.execute(words)

    def check(self) -> None:
        """Raise sqlite3.OperationalError unless a transaction is open.

        When the disk is full or broken SQLite ends one by itself.
        """
        if not self._driver.in_transaction:
            raise sqlite3.OperationalError("the transaction was rolled back")

    def commit(self, until: float) -> None:
        """Keep what was written; where that raises, nothing of it is kept."""
        try:
            self.check()
            _patiently(self._driver, "COMMIT", until)
        except BaseException:
            self.rollback()
            raise
        self._end()

    def rollback(self) -> None:
        """Keep nothing of it."""
        try:
            if self._connection is not None and self._driver.in_transaction:
                self._driver.execute("ROLLBACK")
        except sqlite3.Error:
            self._drop()
        finally:
            self._end()

    def close(self) -> None:
        """Close the connection, now or when the transaction that is open has ended."""
        self._closed = True
        if self._turn.acquire(0):
            self._end()

    def _take_turn(self, until: float) -> None:
        if not self._turn.acquire(until - time.monotonic()):
            raise NoTurn("database is locked by other threads of this process")

    def _end(self) -> None:
        if self._closed:
            self._drop()
            self._closed = False
        self._turn.release()

    def _drop(self) -> None:
        connection, self._connection, self._driver = self._connection, None, None
        if connection is not None:
            if not connection.invalidated:  # as SQLAlchemy does with one at Ctrl-C
                connection.detach()
            connection.close()


def _patiently(driver: Any, words: str, until: float) -> None:
    """Say it again while another process has the lock."""
    pause = _FIRST_PAUSE
    while True:
        try:
            driver.execute(words)
        except sqlite3.OperationalError as refused:
            is_locked = getattr(refused, "sqlite_errorcode", 0) & _PRIMARY == sqlite3.SQLITE_BUSY
            if not is_locked or time.monotonic() >= until:
                raise
        else:
            return
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
