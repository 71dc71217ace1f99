"""Articles: what was learned from incidents.

The full text beside them, `article_text`, is `records.full_text`'s.
"""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from standfast.records.tables.base import Moment, metadata

articles = Table(
    "articles",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("article_id", String(16), nullable=False),
    Column("incident_id", String(32), nullable=False, index=True),
    Column("episode", Integer),
    Column("team", Text, nullable=False),
    Column("latest", Integer, nullable=False),
    Column("published", Integer),
    Column("reviewed_by", Text, nullable=False),
    Column("reviewed_at", Moment),
    Column("retired_by", Text, nullable=False),
    Column("retired_at", Moment),
    Column("retired_because", Text, nullable=False),
    UniqueConstraint("article_id"),
)
"""A row an article. `latest` and `published` are numbers of its versions.

`incident_id` is what it was written from; empty for nothing, or once that was erased. Its state
follows from what is published, and from when it was reviewed and retired.
"""

article_versions = Table(
    "article_versions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("symptom", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("fix", Text, nullable=False),
    Column("verified", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("for_reporters", Boolean, nullable=False),
)
"""What the article with this number said, and who wrote it so when."""

article_uses = Table(
    "article_uses",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("incident_id", String(32), primary_key=True),
    Column("episode", Integer, primary_key=True, autoincrement=False),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("reopened", Integer, nullable=False),
    Index("article_uses_of_an_incident", "incident_id", "episode"),
)
"""In which episodes an article was used. Whether it worked is read from their records.

`reopened` is how often the episode had been sent back by then.
"""

articles_helped = Table(
    "articles_helped",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("form", String(64), primary_key=True),
    Column("at", Moment, nullable=False),
)
"""That an article helped somebody who was about to report something: once for each form, which says
nothing of who it was.
"""
