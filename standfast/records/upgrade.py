"""At which migration the tables of a database are, and how they get to the latest."""

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError

from standfast.records.errors import SchemaTooNew, UpgradeFailed
from standfast.records.migrations import MIGRATION_TABLE
from standfast.records.tables import LATEST_MIGRATION

_LONGEST_STATEMENT = 100
_LONGEST_LOCK = "5s"
"""How long a migration waits for a table that somebody holds."""


def bring_up_to_date(connection: Connection, name: str) -> str:
    """Make the tables, or run the migrations that are missing, in the open transaction.

    name: the database in words. Returns what was upgraded, in words; empty when nothing was.

    Raises:
        SchemaTooNew: the tables belong to a newer version.
        UpgradeFailed: a migration failed; the transaction must be rolled back.
        OperationalError: the database went away, or a table is locked: try again later.
    """
    if connection.dialect.name == "postgresql":
        # Somebody's open transaction must not hold up the upgrade, and all writers behind it.
        connection.execute(text(f"SET LOCAL lock_timeout = '{_LONGEST_LOCK}'"))
    found = _found(connection)
    if found == LATEST_MIGRATION:
        return ""
    # Alembic takes a third of a second to load, so only who needs it does.
    from standfast.records.migrations import running

    if found.isdigit() and found not in running.known():
        raise SchemaTooNew(
            f"{name} is at migration {found}, which a newer Standfast has made; this one knows up "
            f"to {LATEST_MIGRATION}: run the newer Standfast, or name another database in "
            "STANDFAST_DATABASE_URL"
        )
    before = f"migration {found}" if found.isdigit() else found
    try:
        running.upgrade(connection)
    except Exception as error:
        if _is_away(connection, error):
            raise
        # The cause could hold a whole incident.
        raise UpgradeFailed(
            f"{name} could not be upgraded from {before or 'nothing'} to migration "
            f"{LATEST_MIGRATION}, and is as it was: {_reason(error)}; put that right and start "
            "again, or start the version that ran before"
        ) from None
    return f"{name} was upgraded from {before} to migration {LATEST_MIGRATION}" if before else ""


def _is_away(connection: Connection, error: Exception) -> bool:
    """Whether the database went away, or a table was locked: then it is tried again later."""
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    # With SQLite an OperationalError is any mistake in a statement.
    return lost or (connection.dialect.name == "postgresql" and isinstance(error, OperationalError))


def _reason(error: Exception) -> str:
    if not isinstance(error, DBAPIError):
        return str(error)
    statement = " ".join((error.statement or "").split())
    return f"{' '.join(str(error.orig).split())}, in {statement[:_LONGEST_STATEMENT]}"


def migration_of(connection: Connection) -> str:
    """The latest migration that ran; empty where none did."""
    if not inspect(connection).has_table(MIGRATION_TABLE):
        return ""
    ran = connection.execute(text(f"SELECT version_num FROM {MIGRATION_TABLE}")).scalar()  # noqa: S608
    return str(ran or "")


def _found(connection: Connection) -> str:
    """The latest migration that ran; `version 4` for what older code made; empty without tables."""
    if migration := migration_of(connection):
        return migration
    tables = inspect(connection)
    if tables.has_table("standfast_schema"):
        counted = connection.execute(text("SELECT version FROM standfast_schema")).scalar()
        return f"version {counted or 1}"
    return ""
