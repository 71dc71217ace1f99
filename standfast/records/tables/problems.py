"""What people said of problems. What a problem is besides that follows from its episodes."""

from sqlalchemy import Boolean, Column, Integer, String, Table, Text

from standfast.records.tables.base import Moment, metadata

problem_links = Table(
    "problem_links",
    metadata,
    Column("first", String(32), primary_key=True),
    Column("second", String(32), primary_key=True, index=True),
    Column("is_linked", Boolean, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
"""Incidents that people put into one problem, or took out of it: what was said last of each two.

It counts before the relations that the incidents have from the actions `link` and `merge`: those
cannot be taken back, and closed incidents get none. `first` sorts before `second`.
"""

problem_names = Table(
    "problem_names",
    metadata,
    Column("incident_id", String(32), primary_key=True),
    Column("episode", Integer, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
"""What people called a problem, kept with each episode of it, or with the confidential ones alone:
whoever finds one of these reads it. It stays when one of them is erased.
"""
