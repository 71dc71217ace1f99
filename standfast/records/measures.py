"""What was measured of closed incidents: written with the record, read for numbers."""

from collections.abc import Iterator
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
"""In the order in which `MeasuredEpisode` has them."""

_AT_ONCE = 1_000
"""Rows in memory."""


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
        self, since: datetime, until: datetime, reader: Reader | None, team: str = ""
    ) -> Iterator[MeasuredEpisode]:
        """Episodes that closed from `since` on and before `until`, in any order.

        They are read while they are asked for. reader: who asks; only what they find counts, None
        for administrators. team: only of this one; empty for all.
        """
        wanted, of = _between(since, until), indexed_incidents.c
        if reader is not None:
            wanted = wanted.where(found_by(reader, of.readers, of.team))
        if team:
            wanted = wanted.where(of.team == team)
        with self._database.reading() as connection:
            rows = connection.execution_options(yield_per=_AT_ONCE).execute(wanted)
            for incident_id, episode, closed_at, document, came_back, *groups in rows:
                yield MeasuredEpisode(
                    incident_id,
                    episode,
                    *groups,
                    closed_at,
                    Measures.model_validate_json(document),
                    came_back,
                )


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
    )
