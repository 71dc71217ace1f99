"""Mail that is set aside is kept, and what was "ignored" is called "set_aside"."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "mails_set_aside",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.String(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("mails_set_aside_by_kind", "mails_set_aside", ["kind", "at"])
    op.create_index("mails_set_aside_by_moment", "mails_set_aside", ["at", "id"])

    # Messages that come again get the answer that they got before.
    seen = sa.table("mails_seen", sa.column("answer", sa.Text))
    before, after = '"result":"ignored"', '"result":"set_aside"'
    renamed = seen.update().values(answer=sa.func.replace(seen.c.answer, before, after))
    op.execute(renamed.where(seen.c.answer.like(f"{{{before}%")))
