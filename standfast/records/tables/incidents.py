"""Incidents and their timelines, as they are kept, listed and erased."""

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from standfast.records.tables.base import Moment, metadata

incidents = Table(
    "incidents",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("incident_id", String(32), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("category", Text),
    Column("priority", String(2)),
    Column("outcome", String(16)),
    Column("resolution", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment, index=True),
    Column("document", Text, nullable=False),
    Column("readers", Text, nullable=False, server_default=text("''")),
    UniqueConstraint("incident_id", "episode"),
)
"""A row an episode. `document` is the whole IncidentView as JSON; `number` ties the words to it.

`readers` is who finds it by name, as in the list of open incidents."""

timeline = Table(
    "timeline",
    metadata,
    Column("incident_id", String(32), primary_key=True),
    Column("episode", Integer, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("entry", Text, nullable=False),
)
"""The older timeline entries of long incidents, each as JSON."""

record_additions = Table(
    "record_additions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("incident_id", String(32), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("key", String(64), unique=True),
    Column("document", Text, nullable=False),
    Index("record_additions_of_an_episode", "incident_id", "episode"),
)
"""What was added to records after the close, in order: `incidents.addition.Addition` as JSON.

`key` is the same for every try of one addition."""

projections = Table(
    "projections",
    metadata,
    Column("incident_id", String(32), primary_key=True),
    Column("episode", Integer, nullable=False),
    Column("run_id", String(64), nullable=False),
    Column("task", Integer, nullable=False),
    Column("as_of", Moment, nullable=False),
    Column("next_due", Moment),
    Column("waits_for_person", Boolean, nullable=False),
    Column("document", Text, nullable=False),
    Index("projections_by_what_is_due", "next_due", "waits_for_person"),
    Index("projections_by_moment", "as_of", "task"),
)
"""How each open incident stood after a workflow task: a cache of what its history says.

`task` is the event of that run with which the task started, `as_of` its time by Temporal's clock,
`document` the IncidentView as JSON. What is on record has no row here.
"""

open_incidents = Table(
    "open_incidents",
    metadata,
    Column("incident_id", String(32), primary_key=True),
    Column("episode", Integer, nullable=False),
    Column("stage", String(32), nullable=False),
    Column("priority", String(2), nullable=False),
    Column("team", Text, nullable=False),
    Column("tier", Integer),
    Column("category", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("readers", Text, nullable=False, server_default=text("''")),
    # Each begins with what narrows the list, and goes on in the order of the list: a page and a
    # count that stops at a limit cost as much with 100 incidents as with 100,000. What narrows it
    # further is at the end.
    *(
        Index(
            f"open_incidents_{name}",
            *(*first, "stage", "priority", "opened_at", "incident_id", *last, "readers"),
        )
        for name, first, last in (
            ("in_order", (), ()),
            ("of_a_team", ("team",), ()),
            ("of_a_category", ("category",), ("team",)),
            ("of_a_service", ("service",), ("category", "team")),
        )
    ),
)
"""What a list of open incidents shows, narrows and orders by: a small row beside each projection,
written in the same transaction, and only when something of it has changed.
"""

measures = Table(
    "measures",
    metadata,
    Column("incident_id", String(32), primary_key=True),
    Column("episode", Integer, primary_key=True, autoincrement=False),
    Column("closed_at", Moment, nullable=False, index=True),
    Column("document", Text, nullable=False),
)
"""What was measured of each closed episode, as JSON: `incidents.measures.Measures`."""

incident_keys = Table(
    "incident_keys",
    metadata,
    Column("incident_id", String(32), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("key_id", String(16), nullable=False),
    Column("ring_key", String(16), nullable=False, index=True),
    Column("wrapped", LargeBinary),
    Column("made_at", Moment, nullable=False),
    Column("retired_at", Moment),
    Column("thrown_away_at", Moment, index=True),
)
"""What encrypts each incident in Temporal. `wrapped` is the key, encrypted by the key `ring_key` of
the key ring; NULL once it was thrown away. Only one that is not retired encrypts.
"""

erased_incidents = Table(
    "erased_incidents",
    metadata,
    Column("incident_id", String(32), primary_key=True),
    Column("episode", Integer, primary_key=True, autoincrement=False),
    Column("opened_at", Moment),
    Column("closed_at", Moment),
    Column("outcome", String(16), nullable=False, default=""),
    Column("erased_at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
"""What is left of erased incidents: a row for each episode, and nothing of its content."""
