"""What is known of the last recovery of each alert has a table of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "alert_recoveries",
        sa.Column("alert_key", sa.String(length=255), nullable=False),
        sa.Column("began", moment, nullable=False),
        sa.Column("first_at", moment, nullable=False),
        sa.Column("fired", moment, nullable=True),
        sa.Column("heard_at", moment, nullable=False),
        sa.Column("aside_at", moment, nullable=True),
        sa.Column("aside", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("alert_key"),
    )
    op.create_index("ix_alert_recoveries_heard_at", "alert_recoveries", ["heard_at"])
    op.create_index("ix_alert_recoveries_aside_at", "alert_recoveries", ["aside_at"])
