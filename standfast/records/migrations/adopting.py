"""What the first migrations do with databases that had tables before there were migrations."""

import sqlalchemy as sa
from alembic import op


def create_missing_index(name: str, table: str, columns: list[str]) -> None:
    """Make an index where it is missing.

    `CREATE INDEX IF NOT EXISTS` would lock the table against writers before it looks.
    """
    there = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}
    if name not in there:
        op.create_index(name, table, columns)
