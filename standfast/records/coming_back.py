"""When an incident came back after one of its episodes: one rule, for articles and for numbers."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, Subquery, Table, func, select

from standfast.incidents.confidentiality import Reader
from standfast.incidents.record import NOT_AGAIN
from standfast.records.readers import found_by
from standfast.records.tables import indexed_incidents

_later = indexed_incidents.alias("later")


def came_back_at(episodes: Table, reader: Reader | None) -> ScalarSelect[datetime | None]:
    """When the first episode after that of a row was opened; NULL where it did not come back.

    One that was withdrawn or merged does not count, nor one that the reader does not find: to them
    nothing is said of it.

    episodes: a table with `incident_id` and `episode`. reader: None for all.
    """
    this, later = episodes.c, _later.c
    opened = select(later.opened_at).where(
        later.incident_id == this.incident_id, later.episode > this.episode, *_counts(reader)
    )
    return opened.order_by(later.episode).limit(1).correlate(episodes).scalar_subquery()


def latest_coming_back(reader: Reader | None) -> Subquery:
    """The `episode` in which an incident, by its `incident_id`, came back last, by the same rule.

    For many at once: few came back, and looking for each by itself takes longer.
    """
    later = _later.c
    latest = select(later.incident_id, func.max(later.episode).label("episode"))
    latest = latest.where(later.episode > 1, *_counts(reader))
    return latest.group_by(later.incident_id).subquery("came_back")


def _counts(reader: Reader | None) -> Iterator[ColumnElement[bool]]:
    later = _later.c
    yield later.outcome.not_in(NOT_AGAIN)
    if reader is not None:
        yield found_by(reader, later.readers, later.team)
