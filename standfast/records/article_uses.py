"""In which episodes an article was used, with what the records say of these."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, Select, and_, select

from standfast.decisions.fix_rate import Opened, Use, result_of
from standfast.incidents.article import ArticleUse
from standfast.incidents.confidentiality import Reader
from standfast.incidents.measures import Measures
from standfast.records.coming_back import came_back_at
from standfast.records.readers import found_by
from standfast.records.tables import article_uses, indexed_incidents, measures

_u = article_uses.c


def uses_seen_by(reader: Reader | None) -> Select[Any]:
    """Uses in episodes that somebody finds, with what the records say of these; None: in all.

    That it came back counts for those who find the episode in which it did.
    """
    line, m = indexed_incidents.c, measures.c
    found = (
        select(
            article_uses,
            line.title,
            line.outcome,
            line.closed_at,
            m.document,
            came_back_at(article_uses, reader).label("came_back_at"),
        )
        .select_from(article_uses)
        .join(
            indexed_incidents,
            and_(line.incident_id == _u.incident_id, line.episode == _u.episode),
        )
        .outerjoin(measures, and_(m.incident_id == _u.incident_id, m.episode == _u.episode))
    )
    if reader is not None:
        found = found.where(found_by(reader, line.readers, line.team))
    return found


def use_of(row: Row[Any], again: Opened | None = None) -> Use:
    """A row of those. again: an incident that has just been opened, whether on record or not."""
    # What closed before there were measures was used when it had closed: nothing came after.
    reopened = row.reopened
    if row.document:
        with suppress(ValidationError):  # of a later version; the numbers name it in the log
            reopened = Measures.model_validate_json(row.document).reopened
    came_back_at = row.came_back_at
    if again and again.incident_id == row.incident_id and came_back_at is None:
        came_back_at = again.at
    return Use(row.outcome, row.closed_at, reopened, row.reopened, came_back_at)


def shown_uses(
    connection: Connection, number: int, reader: Reader | None, window: timedelta
) -> list[ArticleUse]:
    """The uses of an article as this reader sees them, the latest first."""
    its_own = uses_seen_by(reader).where(_u.number == number)
    rows = connection.execute(its_own.order_by(_u.at.desc(), _u.incident_id, _u.episode)).all()
    return [
        ArticleUse(
            incident_id=row.incident_id,
            episode=row.episode,
            title=row.title,
            by=row.by,
            at=row.at,
            result=result_of(use_of(row), window),
        )
        for row in rows
    ]
