"""The index of every episode, open and closed: what lists and the search narrow and order by.

The full text beside it, `incident_text`, is `records.full_text`'s.
"""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from standfast.records.tables.base import Moment, metadata

indexed_incidents = Table(
    "indexed_incidents",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("incident_id", String(32), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("title", Text, nullable=False),
    Column("latest_title", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("priority", String(2), nullable=False),
    Column("team", Text, nullable=False),
    Column("tier", Integer),
    Column("assignee", Text, nullable=False),
    Column("reporter", Text, nullable=False),
    Column("stage", String(32), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("readers", Text, nullable=False),
    Column("digest", String(32), nullable=False),
    UniqueConstraint("incident_id", "episode"),
    # A page costs as much with 100 incidents as with 100,000: each begins with what narrows the
    # list most, and goes on in its order, the newest first.
    *(
        Index(f"indexed_incidents_{name}", *first, "opened_at", "number")
        for name, first in (
            ("in_order", ()),
            ("open", ("is_open",)),
            ("of_a_reporter", ("reporter",)),
            ("of_an_assignee", ("assignee",)),
            ("of_a_service", ("service",)),
            ("of_a_team", ("team",)),
            ("of_a_category", ("category",)),
        )
    ),
)
"""A row an episode, as `incidents.search_entry.IndexedIncident` has it.

`digest` is that of the words and terms of an open one, so that a step which changes none of them
writes none. It is empty where the words have to be indexed again.
"""

incident_terms = Table(
    "incident_terms",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("value", Text, primary_key=True),
    Column("opened_at", Moment, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("reported", Boolean, nullable=False),
    Index("incident_terms_of_an_incident", "number"),
    sqlite_with_rowid=False,
)
"""What an episode has several of: labels, tags, reporters, people, related incidents.

`number` and `opened_at` are those of its row in `indexed_incidents`: a page of those with a term is
read in order. `reported`: its reporter may know of it.
"""
