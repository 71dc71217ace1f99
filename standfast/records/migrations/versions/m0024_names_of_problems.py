"""What people called a problem is kept with its episodes: one of them may be confidential."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    said = (("title", sa.Text()), ("owner", sa.Text()), ("by", sa.Text()), ("at", moment))
    op.create_table(
        "names_of_problems",
        sa.Column("incident_id", sa.String(length=32), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        *(sa.Column(name, kind, nullable=False) for name, kind in said),
        sa.PrimaryKeyConstraint("incident_id", "episode"),
    )
    names = [name for name, _ in said]
    old = sa.table("problem_names", sa.column("incident_id"), *map(sa.column, names))
    line = sa.table("indexed_incidents", sa.column("incident_id"), sa.column("episode"))
    new = sa.table("names_of_problems", *map(sa.column, ("incident_id", "episode", *names)))
    kept = sa.select(old.c.incident_id, line.c.episode, *(old.c[name] for name in names))
    kept = kept.join_from(old, line, old.c.incident_id == line.c.incident_id)
    op.execute(sa.insert(new).from_select(["incident_id", "episode", *names], kept))
    op.drop_table("problem_names")
    op.rename_table("names_of_problems", "problem_names")
