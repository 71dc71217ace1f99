"""Words are indexed by our own stems, so that SQLite and PostgreSQL find the same.

What was indexed is emptied, and is indexed again in the background, see `records.indexing` and
`records.articles`. SQLite gets an index of beginnings, the shortest that can be looked for.
"""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    for name in ("incident_text", "article_text"):
        if op.get_context().dialect.name == "sqlite":
            op.execute(f"DROP TABLE {name}")
            op.execute(
                f"CREATE VIRTUAL TABLE {name} USING fts5(title, reported, rest, "
                "tokenize = 'unicode61 remove_diacritics 0', prefix = '3')"
            )
        else:
            op.execute(f"TRUNCATE {name}")
    op.execute("UPDATE indexed_incidents SET digest = '' WHERE is_open")
