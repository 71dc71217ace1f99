"""Each incident has a key, and what was erased leaves a row."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "incident_keys",
        sa.Column("incident_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("ring_key", sa.String(length=16), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("retired_at", moment, nullable=True),
        sa.Column("thrown_away_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("incident_id", "number"),
    )
    op.create_index("ix_incident_keys_ring_key", "incident_keys", ["ring_key"])
    op.create_index("ix_incident_keys_thrown_away_at", "incident_keys", ["thrown_away_at"])
    op.create_table(
        "erased_incidents",
        sa.Column("incident_id", sa.String(length=32), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("opened_at", moment, nullable=True),
        sa.Column("closed_at", moment, nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("erased_at", moment, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "episode"),
    )
