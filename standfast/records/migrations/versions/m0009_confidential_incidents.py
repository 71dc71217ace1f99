"""Confidential incidents: who finds them, beside each line of the open list and each record."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_TABLES = ("open_incidents", "incidents")

_ORDER = ("stage", "priority", "opened_at", "incident_id")
_INDEXES = {
    "open_incidents_in_order": _ORDER,
    "open_incidents_of_a_team": ("team", *_ORDER),
    "open_incidents_of_a_category": ("category", *_ORDER, "team"),
    "open_incidents_of_a_service": ("service", *_ORDER, "category", "team"),
}


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(
            table, sa.Column("readers", sa.Text(), nullable=False, server_default=sa.text("''"))
        )
    # A page and a count look at it in the index alone.
    for name, columns in _INDEXES.items():
        op.drop_index(name, "open_incidents")
        op.create_index(name, "open_incidents", [*columns, "readers"])
