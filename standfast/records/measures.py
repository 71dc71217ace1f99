"""What was measured of closed incidents: written with the record, read for numbers."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, select

from standfast.decisions.measures import measured
from standfast.decisions.stats import MeasuredEpisode
from standfast.incidents.confidentiality import Reader
from standfast.incidents.measures import Measures
from standfast.incidents.record import IncidentView, TimelineEntry
from standfast.records.database import Database
from standfast.records.open_incidents import found_by
from standfast.records.tables import indexed_incidents, measures
from standfast.time.working_time import Hours

_GROUPED_BY = ("team", "service", "category", "priority", "outcome")


class MeasuredIncidents:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        insert = database.insert(measures)
        self._put = insert.on_conflict_do_update(
            index_elements=["incident_id", "episode"],
            set_={name: insert.excluded[name] for name in ("closed_at", "document")},
        )

    def put(
        self,
        connection: Connection,
        view: IncidentView,
        timeline: tuple[TimelineEntry, ...],
        hours: Hours | None,
    ) -> None:
        """Measure an episode that has closed, in the transaction that keeps its record."""
        found = measured(view, timeline, hours)
        row = {
            "incident_id": view.incident_id,
            "episode": view.episode,
            "closed_at": view.closed_at,
            "document": found.model_dump_json(),
        }
        connection.execute(self._put, row)

    def between(
        self, since: datetime, until: datetime, reader: Reader | None
    ) -> list[MeasuredEpisode]:
        """Episodes that closed from `since` on and before `until`, the oldest first.

        reader: who asks; only what they find counts. None for administrators.
        """
        wanted = _between(since, until)
        if reader is not None:
            wanted = wanted.where(found_by(indexed_incidents.c.readers, reader))
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
        return [
            MeasuredEpisode(
                **{name: getattr(row, name) or "" for name in _GROUPED_BY},
                incident_id=row.incident_id,
                episode=row.episode,
                closed_at=row.closed_at,
                measures=Measures.model_validate_json(row.document),
                came_back=row.came_back,
            )
            for row in rows
        ]


def _between(since: datetime, until: datetime) -> Select[Any]:
    of, found = indexed_incidents.c, measures.c
    later = indexed_incidents.alias("later")
    came_back = exists().where(
        later.c.incident_id == found.incident_id, later.c.episode == found.episode + 1
    )
    return (
        select(
            found.incident_id,
            found.episode,
            found.closed_at,
            found.document,
            came_back.label("came_back"),
            *(of[name] for name in _GROUPED_BY),
        )
        .join(
            indexed_incidents,
            (of.incident_id == found.incident_id) & (of.episode == found.episode),
        )
        .where(found.closed_at >= since, found.closed_at < until)
        .order_by(found.closed_at, found.incident_id, found.episode)
    )
