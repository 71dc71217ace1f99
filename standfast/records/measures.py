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
        self._insert = (
            database.insert(measures).on_conflict_do_nothing().returning(measures.c.episode)
        )

    def put(
        self,
        connection: Connection,
        view: IncidentView,
        timeline: tuple[TimelineEntry, ...],
        hours: Hours | None,
    ) -> Measures | None:
        """Measure an episode that has closed, in the transaction that keeps its record.

        None if it was measured before: its record is written again, and the measures stand.
        """
        found = measured(view, timeline, hours)
        row = {
            "incident_id": view.incident_id,
            "episode": view.episode,
            "closed_at": view.closed_at,
            "document": found.model_dump_json(),
        }
        return found if connection.execute(self._insert, row).first() else None

    def between(
        self, since: datetime, until: datetime, reader: Reader | None
    ) -> list[MeasuredEpisode]:
        """Episodes that closed from `since` on and before `until`, the oldest first.

        reader: who asks; only what they find counts. None for administrators.
        """
        wanted = _between(since, until)
        if reader is not None:
            wanted = wanted.where(
                found_by(reader, indexed_incidents.c.readers, indexed_incidents.c.team)
            )
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
