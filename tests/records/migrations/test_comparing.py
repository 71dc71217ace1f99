"""A change of the tables without a migration is noticed, and what is missing is named."""

from collections.abc import Callable

import pytest
from sqlalchemy import Column, Index, Integer, MetaData, String, Table

from standfast.records.database import Database
from standfast.records.migrations import running
from standfast.records.migrations.comparing import differences
from standfast.records.tables import LATEST_MIGRATION, metadata


@pytest.fixture
def database(url: str) -> Database:
    return Database(url)


def compared(database: Database, wanted: MetaData) -> str:
    with database.reading() as connection:
        found = str(differences(connection, wanted))
    database.close()
    return found


def copied() -> MetaData:
    copy = MetaData()
    for table in metadata.tables.values():
        table.to_metadata(copy)
    return copy


def test_the_migrations_make_the_tables_of_the_code(database: Database) -> None:
    assert compared(database, metadata) == "[]"


def test_the_code_names_the_latest_migration() -> None:
    assert running.known()[0] == LATEST_MIGRATION


def _a_column(wanted: MetaData) -> None:
    wanted.tables["incidents"].append_column(Column("colour", Integer))


def _a_longer_column(wanted: MetaData) -> None:
    wanted.tables["incidents"].c.outcome.type = String(99)


def _a_column_that_may_be_empty(wanted: MetaData) -> None:
    wanted.tables["incidents"].c.title.nullable = True


def _a_table(wanted: MetaData) -> None:
    Table("paint", wanted, Column("colour", Integer, primary_key=True))


def _an_index(wanted: MetaData) -> None:
    Index("ix_paint", wanted.tables["incidents"].c.service)


def _a_table_less(wanted: MetaData) -> None:
    wanted.remove(wanted.tables["mails_seen"])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_a_column, "colour"),
        (_a_longer_column, "outcome"),
        (_a_column_that_may_be_empty, "title"),
        (_a_table, "paint"),
        (_an_index, "ix_paint"),
        (_a_table_less, "mails_seen"),
    ],
)
def test_a_change_without_a_migration_is_named(
    database: Database, change: Callable[[MetaData], None], named: str
) -> None:
    wanted = copied()
    assert named not in compared(database, copied())
    change(wanted)
    assert named in compared(database, wanted)
