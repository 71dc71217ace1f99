"""Who is paged, and who is not: silences, overrides, own channels and rules."""

from sqlalchemy import (
    Column,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from standfast.records.tables.base import Moment, metadata

silences = Table(
    "silences",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("matcher", Text, nullable=False),
    Column("starts", Moment, nullable=False),
    Column("ends", Moment, nullable=False, index=True),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("ended_by", Text, nullable=False, default=""),
    Column("ended_at", Moment),
)
"""A row for each silence that ever was, `matcher` as JSON; the last two when it ended early."""

silenced_incidents = Table(
    "silenced_incidents",
    metadata,
    Column("silence_id", String(16), primary_key=True),
    Column("incident_id", String(32), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("woken_at", Moment),
)
"""Which incidents a silence has kept quiet, since when, and when its early end was told to each."""

overrides = Table(
    "overrides",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(16), nullable=False, unique=True),
    Column("team", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("starts", Moment, nullable=False),
    Column("ends", Moment, nullable=False, index=True),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("instead_of", Text, nullable=False, default=""),
    Column("swap", String(16), nullable=False, default=""),
    Column("created_at", Moment, nullable=False),
    Column("ended_by", Text, nullable=False, default=""),
    Column("ended_at", Moment),
)
"""A row for each override of a schedule, counted by `number`: of several at once the last counts.

`instead_of` is whom alone it replaces; `swap` the id of the first of two that were made together;
the last two are set when it ended early.
"""

own_channels = Table(
    "own_channels",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("person", String(200), nullable=False),
    Column("method", Text, nullable=False),
    Column("name", String(40), nullable=False),
    Column("address", Text, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("verified_at", Moment),
    Column("code", String(64), nullable=False, default=""),
    Column("code_expires", Moment),
    Column("tries", Integer, nullable=False, default=0),
    UniqueConstraint("person", "name"),
)
"""Channels that people have added. `person` is a key of the policy; `code` the SHA-256 of id and
code, empty where none is open; `tries` how often it was typed wrongly.
"""

paging_rules = Table(
    "paging_rules",
    metadata,
    Column("person", String(200), primary_key=True),
    Column("rules", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
"""The rules of each person who has set some, as JSON."""

channel_messages = Table(
    "channel_messages",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("person", String(200), nullable=False),
    Column("address", String(64), nullable=False),
    Column("at", Moment, nullable=False, index=True),
)
"""Codes and test pages of the last day, by which further ones are limited. `address` is the SHA-256
of where one went.
"""
