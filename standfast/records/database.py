"""The database behind the record store: its engine, its schema, and what can go wrong with it."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from standfast.records.batches import SqliteWriting
from standfast.records.errors import BadDatabaseUrl, RecordsUnavailable
from standfast.records.full_text import full_text_of, incident_text_of
from standfast.records.upgrade import bring_up_to_date, migration_of
from standfast.records.writing import Answer, PostgresqlWriting, Writing

_log = logging.getLogger(__name__)

PATIENCE = 5
"""Seconds to wait for SQLite's lock, or for PostgreSQL to take a connection."""

_TRIES = 3
"""To empty SQLite's log of writes, each as long as PATIENCE."""

_ONE_AT_A_TIME = 0x5374616E64
"""PostgreSQL's advisory lock under which migrations run ("Stand" in ASCII)."""

_BEGINS_BY_HAND = "begins_by_hand"
"""The option of a connection whose transactions the writer begins, see `SqliteWriter`."""

_OUR_MISTAKES = (IntegrityError, DataError, ProgrammingError, NotSupportedError)
"""Errors that no retry and no operator can mend: they pass as they are."""


class Database:
    """Connections to the record store; the tables are there once one is handed out."""

    def __init__(self, url: str, patience: int = PATIENCE) -> None:
        self._url = _understood(url)
        self._patience = patience
        self._is_sqlite = self._url.get_backend_name() == "sqlite"
        backend = self._url.get_backend_name()
        self.full_text = incident_text_of(backend)
        self.article_text = full_text_of(backend, "article_text")
        self._engine = self._connecting_engine()
        self._writing: Writing = (
            SqliteWriting(self._connection_of_writer, patience, self._explained)
            if self._is_sqlite
            else PostgresqlWriting(self._engine)
        )
        self._prepared = False
        self._preparing = threading.Lock()

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @property
    def name(self) -> str:
        """The database in words, without user and password."""
        if self._is_sqlite:
            return f"the SQLite file {self._url.database}"
        port = f":{self._url.port}" if self._url.port else ""
        return f"the PostgreSQL database {self._url.database} at {self._url.host}{port}"

    def prepare(self) -> None:
        """Make or upgrade the tables. Idempotent, and safe when several processes start at once.

        Raises:
            SchemaTooNew: the tables belong to a newer version.
            UpgradeFailed: a migration failed, and nothing has changed.
            RecordsUnavailable: the database cannot be reached or written, or another thread of
                this process is still at it.
        """
        if self._prepared:  # which needs no lock to be read
            return
        if not self._preparing.acquire(timeout=self._patience):
            raise RecordsUnavailable(
                self._words("it is still being opened, or its tables upgraded")
            )
        try:
            if not self._prepared:
                self._prepare()
        finally:
            self._preparing.release()

    def _prepare(self) -> None:
        with self._explained():
            if self._is_sqlite:
                Path(self._url.database or "").parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._writing.alone() as connection:
                self.one_at_a_time(connection, _ONE_AT_A_TIME)
                upgraded = bring_up_to_date(connection, self.name)
        self._prepared = True
        if upgraded:
            _log.warning("%s", upgraded)

    def migration(self) -> str:
        """The migration at which the tables are; changes nothing. Empty without migrations."""
        with self._explained(), self._engine.begin() as connection:
            return migration_of(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with."""
        self.prepare()
        with self._explained(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection whose changes are kept together, or not at all.

        In a call that was given to `run`, they may be kept with those of other calls.
        """
        self.prepare()
        with self._explained(), self._writing.transaction() as connection:
            yield connection

    def write_anew(self) -> bool:
        """Leave nothing of what was deleted in the files of SQLite; PostgreSQL vacuums itself.

        `secure_delete` is not enough: when rows move from one page to another, the page that they
        leave keeps copies of them. So the file is written anew, during which nobody else writes:
        some seconds for 100 MB. False: the log of writes was read all the time, and holds copies.
        """
        if not self._is_sqlite:
            return True
        self.prepare()
        with self._explained(), self._writing.held(), self._engine.connect() as some:
            connection = some.execution_options(**{_BEGINS_BY_HAND: True})
            connection.exec_driver_sql("VACUUM")
            for _ in range(_TRIES):  # each waits for whoever reads or writes at the moment
                busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
                if not busy:
                    return True
        return False

    async def run(self, call: Callable[..., Answer], *details: object) -> Answer:
        """Run a blocking call in a thread, and answer what it answers or raises.

        With SQLite what several calls write at the same time is kept in one transaction, and each
        is answered when that is on the disk. One that fails changes nothing of the others.
        """
        return await self._writing.run(partial(call, *details))

    def now(self, connection: Connection) -> datetime:
        """The database's clock, which is the same for every worker."""
        if self._is_sqlite:
            return datetime.now(UTC)
        moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return moment.astimezone(UTC)

    def one_at_a_time(self, connection: Connection, lock: int) -> None:
        """Hold other writers that ask for this lock until the transaction is over."""
        if not self._is_sqlite:  # where a transaction that writes is alone anyway
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})

    def insert(self, table: Table) -> "sqlite.Insert | postgresql.Insert":
        """An INSERT that can say what happens when the row is there already."""
        return sqlite.insert(table) if self._is_sqlite else postgresql.insert(table)

    def close(self) -> None:
        """Close every connection."""
        self._writing.close()
        self._engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Failures of the database, in words; their causes could hold a whole incident."""
        try:
            yield
        except _OUR_MISTAKES:
            raise
        except DBAPIError as error:
            raise RecordsUnavailable(self._words(str(error.orig))) from None
        except (NoFreeConnection, sqlite3.Error, OSError) as error:
            raise RecordsUnavailable(self._words(str(error))) from None

    def _words(self, reason: str) -> str:
        todo = (
            "check that it can be written, that its disk has space, and that no other program "
            "holds it locked"
            if self._is_sqlite
            else "check that it runs and that STANDFAST_DATABASE_URL names it rightly"
        )
        reason = " ".join(reason.split())
        return f"{self.name} cannot be used: {reason}; {todo}"

    def _connecting_engine(self) -> Engine:
        common: dict[str, Any] = {"hide_parameters": True, "pool_timeout": self._patience}
        if not self._is_sqlite:
            return create_engine(
                self._url,
                pool_pre_ping=True,
                max_overflow=15,
                # Without a limit a vanished host would hold an activity for a quarter of an hour.
                connect_args={
                    "connect_timeout": self._patience,
                    "tcp_user_timeout": self._patience * 1000,
                },
                **common,
            )
        engine = create_engine(self._url, connect_args={"timeout": self._patience}, **common)
        event.listen(engine, "connect", self._set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _set_up_sqlite(self, connection: Any, _: object) -> None:
        # The driver would begin transactions itself, too late for a lock or one view of the data.
        connection.isolation_level = None
        cursor = connection.cursor()
        _switch_to_wal(cursor, self._patience)
        cursor.execute("PRAGMA synchronous = FULL")
        # What is deleted is overwritten, not only given free; not every SQLite does so by itself.
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.close()

    def _connection_of_writer(self) -> Connection:
        connection = self._engine.connect().execution_options(**{_BEGINS_BY_HAND: True})
        # The writer itself looks again, and sooner than SQLite would.
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
        # What a part of a transaction may have to undo needs no file.
        connection.exec_driver_sql("PRAGMA temp_store = MEMORY")
        return connection


def _switch_to_wal(cursor: sqlite3.Cursor, patience: float) -> None:
    # Two processes that make the same new file may deadlock here; SQLite then refuses one of them
    # at once, without its usual patience.
    until = time.monotonic() + patience
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as refused:
            if "locked" not in str(refused) or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get(_BEGINS_BY_HAND):
        connection.exec_driver_sql("BEGIN")


def _understood(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise BadDatabaseUrl(
            "the record store's URL is not an SQLAlchemy URL; write one such as "
            "postgresql://user@host/name or sqlite:////var/lib/standfast/records.db"
        ) from None
    backend = parsed.get_backend_name()
    if backend in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise BadDatabaseUrl(f"records are kept in sqlite or postgresql, not in {backend!r}")
    if not parsed.database or ":memory:" in parsed.database:
        raise BadDatabaseUrl("records must outlive the process: name a file after sqlite:///")
    return parsed
