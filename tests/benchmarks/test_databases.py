"""The size of a database is that of what is in it, wherever SQLite has put it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks.databases import bytes_in_use


def test_what_is_still_in_the_log_counts_and_what_is_deleted_does_not(tmp_path: Path) -> None:
    database = tmp_path / "some.db"
    assert bytes_in_use(database) == 0
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("create table t(body blob)")
        connection.commit()
        empty = bytes_in_use(database)
        connection.execute("insert into t values (zeroblob(1000000))")
        connection.commit()
        assert 990_000 < bytes_in_use(database) - empty < 1_100_000
        connection.execute("delete from t")
        connection.commit()
        assert bytes_in_use(database) == empty
