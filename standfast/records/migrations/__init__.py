"""The migrations of the record store, run by Alembic: a file in `versions/` for each change.

`make migration WORDS="..."` writes the next one, after an edit of `standfast/records/tables/`.
"""

MIGRATION_TABLE = "standfast_migrations"
"""Where the database says which migration it is at; `alembic_version` may be somebody else's."""
