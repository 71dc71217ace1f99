"""Temporal's database and the records, copied as they were at one and the same moment.

A workflow and the records depend on each other in both directions: Temporal knows of an incident
whose key is on record, the ledger knows of a page that its workflow has yet to hear of, and what a
caller was answered is on record once Temporal has it. So neither may be older than the other. The
copy has what the disk would have had if the power had failed at that moment, and everything that
Standfast does goes on after that.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from standfast.backup.errors import BackupFailed

_PATIENCE = 30.0
"""Seconds to wait until nobody writes records. They are then held for some milliseconds."""

_PAGES = 4_096
"""Pages that are copied between two looks at whether somebody pressed Ctrl-C."""


@contextmanager
def at_one_moment(
    files: Sequence[Path], hold: Path | None
) -> Iterator[Mapping[Path, sqlite3.Connection]]:
    """A connection to each of the databases; all of them read what was there when this began.

    Meanwhile others read and write as ever: SQLite keeps, beside the databases, what is new.
    hold: the one that nobody writes to between the moment of the first and that of the last.

    Raises:
        BackupFailed: one cannot be read.
    """
    with ExitStack() as stack:
        with ExitStack() as held:
            if hold:
                _run(held.enter_context(closing(_opened(hold))), hold, "BEGIN IMMEDIATE")
            pinned = {}
            for file in files:
                pinned[file] = stack.enter_context(closing(_opened(file)))
                _run(pinned[file], file, "BEGIN")
                _run(pinned[file], file, "SELECT count(*) FROM sqlite_master")  # now it reads
        yield pinned


def copy(source: sqlite3.Connection, file: Path, to: Path) -> None:
    """Copy what a connection reads into a new file, for its owner alone, and check the copy.

    Raises:
        BackupFailed: it cannot be copied, or the copy is damaged, as the database itself then is.
    """
    try:
        os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(to)) as made:
            made.execute("PRAGMA synchronous = OFF")
            source.backup(made, pages=_PAGES)
            made.execute("PRAGMA journal_mode = DELETE")  # all of it in the one file
            [found] = made.execute("PRAGMA quick_check(1)").fetchone()
    except (sqlite3.Error, OSError) as error:
        raise BackupFailed(
            f"{file} cannot be copied to {to}: {error}; check that there is space"
        ) from None
    if found != "ok":
        raise BackupFailed(f"{file} is damaged, and no backup was made: {found}")


def ring_keys(records: sqlite3.Connection) -> frozenset[str]:
    """The ids of the keys of the ring without which keys of incidents cannot be read."""
    wanted = "SELECT DISTINCT ring_key FROM incident_keys WHERE wrapped IS NOT NULL"
    there = "SELECT 1 FROM sqlite_master WHERE name = 'incident_keys'"
    if records.execute(there).fetchone() is None:  # of an older version
        return frozenset()
    return frozenset(key for (key,) in records.execute(wanted))


def _opened(file: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(
            f"{file.as_uri()}?mode=rw", uri=True, timeout=_PATIENCE, isolation_level=None
        )
    except sqlite3.Error as error:
        raise BackupFailed(f"{file} cannot be opened: {error}") from None


def _run(connection: sqlite3.Connection, file: Path, statement: str) -> None:
    try:
        connection.execute(statement).fetchall()
    except sqlite3.Error as error:
        raise BackupFailed(f"{file} cannot be read: {error}; try again later") from None
