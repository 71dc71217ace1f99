"""PostgreSQL finds words by their index, in however many incidents they are.

Its planner takes a tsvector to be as cheap to look at as a number, and would rather read all of
them: a second for 100,000 incidents. A function can have planner settings of its own.
"""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        return
    op.execute(
        "CREATE FUNCTION incidents_with_words(words_wanted tsquery) RETURNS SETOF integer "
        "LANGUAGE sql STABLE ROWS 20000 SET enable_seqscan = off SET enable_indexscan = off "
        "AS 'SELECT number FROM incident_text WHERE words @@ words_wanted'"
    )
