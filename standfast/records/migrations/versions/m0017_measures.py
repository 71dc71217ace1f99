"""What is measured of closed incidents. Those that closed before have no measures."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "measures",
        sa.Column("incident_id", sa.String(length=32), nullable=False),
        sa.Column("episode", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "episode"),
    )
    op.create_index("ix_measures_closed_at", "measures", ["closed_at"])
