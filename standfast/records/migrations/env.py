"""What Alembic runs for a command: migrations go over the connection that it was given."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context

from standfast.records.migrations import MIGRATION_TABLE
from standfast.records.migrations.comparing import is_compared


def _rendered(kind: str, item: Any, _: object) -> str | Literal[False]:
    # A migration outlives our classes, so it names the plain type below them.
    if kind != "type" or not isinstance(item, sa.TypeDecorator):
        return False
    return f"sa.{item.impl_instance!r}"


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes["metadata"],
    version_table=MIGRATION_TABLE,
    include_name=is_compared,
    render_item=_rendered,
    render_as_batch=True,  # SQLite changes a column by making its table anew
)
context.run_migrations()
