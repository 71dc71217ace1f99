"""What was measured of closed incidents: written with the record, read for numbers."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Select, exists, func, select

from standfast.decisions.measures import measured, tells_enough
from standfast.decisions.stats import MeasuredEpisode
from standfast.incidents.confidentiality import Reader
from standfast.incidents.measures import Measures
from standfast.incidents.record import IncidentView, TimelineEntry
from standfast.records.coming_back import latest_coming_back
from standfast.records.database import Database
from standfast.records.readers import found_by
from standfast.records.tables import incidents, indexed_incidents, measures
from standfast.records.timelines import whole_timeline
from standfast.time.working_time import Hours

_log = logging.getLogger(__name__)

MOST_AT_ONCE = 100
"""Records that are measured in one transaction of `catch_up`: others write in between."""

_UNREADABLE = "%s, episode %d: its measures are in no number: this version cannot read them"

NONE = ""
"""What is kept in place of measures where the record tells too little."""

HoursOf = Callable[[str, datetime], Hours | None]
"""Gives a team's working hours around a moment, None for all time."""

_GROUPED_BY = ("team", "service", "category", "priority", "outcome")

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
        return found if self._put(connection, view, found.model_dump_json()) else None

    def _put(self, connection: Connection, view: IncidentView, document: str) -> bool:
        row = {
            "incident_id": view.incident_id,
            "episode": view.episode,
            "closed_at": view.closed_at,
            "document": document,
        }
        return connection.execute(self._insert, row).first() is not None

    def catch_up(self, hours_of: HoursOf, most: int = MOST_AT_ONCE) -> Iterator[int]:
        """Measure what closed before there were measures: a batch, of so many at most, a step.

        Each step gives how many it has looked at. It may be stopped and begun anew at any time, and
        several processes may do it at once.
        """
        after = 0
        while True:
            wanted = _TO_MEASURE.where(incidents.c.number > after).order_by(incidents.c.number)
            with self._database.reading() as connection:
                found = connection.execute(wanted.limit(most)).scalars().all()
            if not found:
                return
            after = found[-1]
            with self._database.writing() as connection:
                looked_at = sum(self._look_at(connection, number, hours_of) for number in found)
            yield looked_at

    def _look_at(self, connection: Connection, number: int, hours_of: HoursOf) -> bool:
        """Measure a record that has no measures, or keep that it tells too little."""
        c = incidents.c
        wanted = select(c.incident_id, c.document).where(c.number == number)
        row = connection.execute(wanted).first()
        if row is None:  # it was erased meanwhile
            return False
        try:
            view = IncidentView.model_validate_json(row.document)
            timeline = whole_timeline(connection, view)
        except ValidationError:
            _log.warning("%s is not measured: this version cannot read it", row.incident_id)
            return False
        if view.closed_at is None or not tells_enough(view, timeline):
            return self._put(connection, view, NONE)
        try:
            found = measured(view, timeline, hours_of(view.team or "", view.closed_at))
        except Exception:
            # Whatever it is: one that cannot be measured keeps no others from it.
            _log.exception("%s is not measured; that is tried again later", view.incident_id)
            return False
        return self._put(connection, view, found.model_dump_json())

    def closed(
        self, since: datetime, until: datetime, reader: Reader | None, team: str = ""
    ) -> int:
        """How many episodes closed then, measured or not; of a team, if one is named."""
        with self._database.reading() as connection:
            found = connection.execute(_closed(since, until, reader, team)).scalar_one()
        return int(found)

    def between(
        self, since: datetime, until: datetime, reader: Reader | None, team: str = ""
    ) -> Iterator[MeasuredEpisode]:
        """Episodes that closed from `since` on and before `until` and have measures.

        They come in any order, and are read while they are asked for. What this version cannot
        read is left out, and the log names it.

        reader: who asks; only what they find counts. None for administrators. team: only of this
        one; empty for all.
        """
        wanted, of = _between(since, until, reader), indexed_incidents.c
        if reader is not None:
            wanted = wanted.where(found_by(reader, of.readers, of.team))
        if team:
            wanted = wanted.where(_is_of(team))
        with self._database.reading() as connection:
            rows = connection.execution_options(yield_per=_AT_ONCE).execute(wanted)
            for *known, document in rows:
                try:
                    found = Measures.model_validate_json(document)
                except ValidationError:
                    _log.warning(_UNREADABLE, *known[:2])
                    continue
                yield MeasuredEpisode._make((*known, found))


_TO_MEASURE = select(incidents.c.number).where(
    incidents.c.closed_at.is_not(None),
    ~exists().where(
        measures.c.incident_id == incidents.c.incident_id,
        measures.c.episode == incidents.c.episode,
    ),
)
"""Records that nobody has looked at."""


def _closed(since: datetime, until: datetime, reader: Reader | None, team: str) -> Select[Any]:
    """How many episodes closed then, and they find."""
    c, of = incidents.c, indexed_incidents.c
    wanted = select(func.count()).select_from(incidents)
    if reader is not None or team:
        same = (of.incident_id == c.incident_id) & (of.episode == c.episode)
        wanted = wanted.join(indexed_incidents, same)
    if reader is not None:
        wanted = wanted.where(found_by(reader, of.readers, of.team))
    if team:
        wanted = wanted.where(_is_of(team))
    return wanted.where(c.closed_at >= since, c.closed_at < until)


def _is_of(team: str) -> ColumnElement[bool]:
    # Not by its index: that of the time asked for narrows it more.
    return func.coalesce(indexed_incidents.c.team, "") == team


def _between(since: datetime, until: datetime, reader: Reader | None) -> Select[Any]:
    """What a `MeasuredEpisode` has, in its order."""
    of, found, later = indexed_incidents.c, measures.c, latest_coming_back(reader)
    return (
        select(
            found.incident_id,
            found.episode,
            *(of[name] for name in _GROUPED_BY),
            found.closed_at,
            func.coalesce(later.c.episode, 0) > found.episode,
            found.document,
        )
        .join(
            indexed_incidents,
            (of.incident_id == found.incident_id) & (of.episode == found.episode),
        )
        .outerjoin(later, later.c.incident_id == found.incident_id)
        .where(found.closed_at >= since, found.closed_at < until, found.document != NONE)
    )
