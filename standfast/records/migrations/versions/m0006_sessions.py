"""Sessions have a table, tokens expire and tell their last use, and names belong to people."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    # Tokens that are there already never expire.
    op.add_column("tokens", sa.Column("expires_at", moment, nullable=True))
    op.add_column("tokens", sa.Column("used_at", moment, nullable=True))
    op.add_column("tokens", sa.Column("replaced_by", sa.String(length=16), nullable=True))
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("token_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("began_at", moment, nullable=False),
        sa.Column("seen_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("fingerprint"),
    )
    op.create_index("ix_sessions_token_id", "sessions", ["token_id"])
    op.create_index("ix_sessions_began_at", "sessions", ["began_at"])
    op.create_table(
        "people",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("bound_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
