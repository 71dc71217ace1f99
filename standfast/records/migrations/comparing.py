"""What differs between the tables of the code and those that a database has."""

from collections.abc import MutableMapping
from typing import Any, Literal

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData

from standfast.records.migrations import MIGRATION_TABLE

_Parents = MutableMapping[
    Literal["schema_name", "table_name", "schema_qualified_table_name"], str | None
]


def is_compared(name: str | None, type_: str, parents: _Parents) -> bool:
    """Leaves out the full text: each database has its own, and no table stands for it."""
    table = name if type_ == "table" else parents.get("table_name")
    return not (table or "").startswith(("article_text", "incident_text", "incident_words"))


def differences(connection: Connection, metadata: MetaData) -> list[Any]:
    """What a migration would have to change, as Alembic's operations; empty when nothing."""
    context = MigrationContext.configure(
        connection,
        opts={
            "version_table": MIGRATION_TABLE,
            "include_name": is_compared,
            "compare_type": True,
            "compare_server_default": True,
        },
    )
    return list(compare_metadata(context, metadata))
