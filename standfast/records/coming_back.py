"""When an incident came back after one of its episodes: one rule, for articles and for numbers."""

from datetime import datetime

from sqlalchemy import ScalarSelect, Table, select

from standfast.incidents.confidentiality import Reader
from standfast.incidents.record import NOT_AGAIN
from standfast.records.readers import found_by
from standfast.records.tables import indexed_incidents


def came_back_at(episodes: Table, reader: Reader | None) -> ScalarSelect[datetime | None]:
    """When the first episode after that of a row was opened; NULL where it did not come back.

    One that was withdrawn or merged does not count, nor one that the reader does not find: to them
    nothing is said of it.

    episodes: a table with `incident_id` and `episode`. reader: None for all.
    """
    this, later = episodes.c, indexed_incidents.alias("later").c
    opened = select(later.opened_at).where(
        later.incident_id == this.incident_id,
        later.episode > this.episode,
        later.outcome.not_in(NOT_AGAIN),
    )
    if reader is not None:
        opened = opened.where(found_by(reader, later.readers, later.team))
    return opened.order_by(later.episode).limit(1).correlate(episodes).scalar_subquery()
