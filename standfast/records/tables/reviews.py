"""Reviews of episodes that have closed, and what their sections say."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from standfast.records.tables.base import Moment, metadata

reviews = Table(
    "reviews",
    metadata,
    Column("incident_id", String(32), primary_key=True),
    Column("episode", Integer, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("to_start", Boolean, nullable=False),
    Column("document", Text, nullable=False),
    Index("reviews_in_order", "state", "due_at", "incident_id", "episode"),
    Index("reviews_to_start", "to_start", "due_at"),
)
"""A row a review; `document` is `incidents.review.Review` as JSON, as its workflow last had it.

`due_at` is what comes next: when something is due, else when it was wanted or is over. `to_start`:
a run of its workflow is to be started, until that run has written the row itself.
"""

review_texts = Table(
    "review_texts",
    metadata,
    Column("incident_id", String(32), primary_key=True),
    Column("episode", Integer, primary_key=True, autoincrement=False),
    Column("section", String(64), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("not_applicable", Boolean, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
"""What each section said, a row a version."""
