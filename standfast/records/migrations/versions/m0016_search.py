"""One index for the search and the lists of incidents, and a full text in two parts.

It is filled in the background, see `records.indexing`. The full text of closed incidents that was
there is emptied, and its table stays: builds that began before still write to it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_INDEXES = {
    "in_order": [],
    "open": ["is_open"],
    "of_a_reporter": ["reporter"],
    "of_an_assignee": ["assignee"],
    "of_a_service": ["service"],
    "of_a_team": ["team"],
    "of_a_category": ["category"],
}


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "indexed_incidents",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.String(length=32), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("latest_title", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("priority", sa.String(length=2), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=True),
        sa.Column("assignee", sa.Text(), nullable=False),
        sa.Column("reporter", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("closed_at", moment, nullable=True),
        sa.Column("readers", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("incident_id", "episode"),
    )
    for name, first in _INDEXES.items():
        columns = [*first, "opened_at", "number"]
        op.create_index(f"indexed_incidents_{name}", "indexed_incidents", columns)
    op.create_table(
        "incident_terms",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reported", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", "value", "opened_at", "number"),
        sqlite_with_rowid=False,
    )
    op.create_index("incident_terms_of_an_incident", "incident_terms", ["number"])
    if op.get_context().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE incident_text USING "
            "fts5(title, reported, rest, tokenize = 'porter unicode61 remove_diacritics 0')"
        )
        op.execute("DROP TABLE incident_words")
        op.execute(
            "CREATE VIRTUAL TABLE incident_words USING "
            "fts5(title, body, tokenize = 'porter unicode61 remove_diacritics 2')"
        )
    else:
        op.execute(
            "CREATE TABLE incident_text (number integer PRIMARY KEY, words tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX incident_text_words ON incident_text USING gin (words)")
        op.execute("TRUNCATE incident_words")
