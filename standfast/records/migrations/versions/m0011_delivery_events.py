"""What becomes of a message through each channel."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "delivery_events",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("channel", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.String(length=32), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("provider_id", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("key", "channel", "state"),
    )
    op.create_index("ix_delivery_events_at", "delivery_events", ["at"])
    op.create_index("ix_delivery_events_incident_id", "delivery_events", ["incident_id"])
    op.create_index("delivery_events_by_provider", "delivery_events", ["provider", "provider_id"])
