"""What came with version 5, which was never released; and older code keeps out from now on.

Databases that an unreleased version 5 made have some of these tables already.
"""

import sqlalchemy as sa
from alembic import op

from standfast.records.migrations.adopting import create_missing_index

revision = "0002"
down_revision = "0001"

TOO_NEW = 6
"""Every version without migrations refuses a database whose `standfast_schema` has a higher number
than its own; theirs ended at 5."""


def upgrade() -> None:
    op.create_table(
        "findings",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key"),
        if_not_exists=True,
    )
    op.create_table(
        "projections",
        sa.Column("incident_id", sa.String(length=32), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("task", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waits_for_person", sa.Boolean(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id"),
        if_not_exists=True,
    )
    create_missing_index("ix_projections_next_due", "projections", ["next_due"])
    op.create_table(
        "repairs",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("incident_id", sa.String(length=32), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("new_run_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("key"),
        if_not_exists=True,
    )
    create_missing_index("ix_repairs_incident_id", "repairs", ["incident_id"])
    op.create_table(
        "worse_repeats",
        sa.Column("incident_id", sa.String(length=32), nullable=False),
        sa.Column("words", sa.String(length=64), nullable=False),
        sa.Column("users", sa.Integer(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "words"),
        if_not_exists=True,
    )
    create_missing_index("ix_worse_repeats_at", "worse_repeats", ["at"])

    counted = sa.table("standfast_schema", sa.column("version", sa.Integer()))
    op.execute(sa.delete(counted))
    op.execute(sa.insert(counted).values(version=TOO_NEW))
