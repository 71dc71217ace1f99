"""What was done to machines and runs: runbooks, findings of the watchdog, repairs."""

from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    String,
    Table,
    Text,
)

from standfast.records.tables.base import Moment, metadata

remediations = Table(
    "remediations",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("incident_id", String(32), nullable=False),
    Column("runbook", Text, nullable=False),
    Column("target", Text, nullable=False, index=True),
    Column("plan", Text, nullable=False),
    Column("undoing_because", Text),
    Column("fence", Integer, nullable=False),
    Column("lease_until", Moment, nullable=False),
    Column("started_at", Moment, nullable=False, index=True),
    Column("ended_at", Moment, index=True),
    Column("outcome", String(16)),
    Column("result", Text),
)
"""A row for each remediation that the guards admitted. `plan` is its runbook, filled in, as JSON.

`fence` counts the attempts: only the latest may write. An attempt whose `lease_until` is over has
died, or has stopped by itself. `undoing_because` is set once undoing has begun.
"""

remediation_steps = Table(
    "remediation_steps",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("undoing", Boolean, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("words", Text, nullable=False, default=""),
    Column("result", Text),
    Column("at", Moment, nullable=False),
)
"""The journal: a line for each step, and one for its undoing, written before it begins."""

findings = Table(
    "findings",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("document", Text, nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("told_at", Moment),
    Column("gone_at", Moment),
    Column("claim", String(64)),
    Column("lease_until", Moment),
)
"""What is wrong with open incidents, a row each, `document` as JSON; `gone_at` once it is not seen.

`claim` is the message in which a worker was telling it until `lease_until`.
"""

repairs = Table(
    "repairs",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("incident_id", String(32), nullable=False, index=True),
    Column("episode", Integer, nullable=False),
    Column("by", Text, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("lease_until", Moment, nullable=False),
    Column("new_run_id", String(64)),
)
"""Runs that were reset to before a fault: `key` is the run and the event. One worker does it until
`lease_until`; `new_run_id` is set once it is done.
"""
