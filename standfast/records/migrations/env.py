"""What Alembic runs for a command: migrations go over the connection that it was given."""

from typing import Any, Literal

from alembic import context

from standfast.records.migrations.comparing import is_compared
from standfast.records.tables import MIGRATION_TABLE, Moment, metadata


def _rendered(kind: str, item: Any, _: object) -> str | Literal[False]:
    # A migration outlives our classes, so it names the plain type.
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=MIGRATION_TABLE,
    include_name=is_compared,
    render_item=_rendered,
    render_as_batch=True,  # SQLite changes a column by making its table anew
)
context.run_migrations()
