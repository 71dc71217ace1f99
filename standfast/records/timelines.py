"""The older timeline entries of long incidents, which their runs no longer carry."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from standfast.incidents.record import IncidentView, TimelineEntry
from standfast.records.database import Database
from standfast.records.tables import timeline


class Timelines:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def archive(self, incident_id: str, episode: int, entries: Iterable[TimelineEntry]) -> None:
        """Keep a part of a timeline; entries that are kept already stay as they are."""
        rows = [
            {
                "incident_id": incident_id,
                "episode": episode,
                "number": entry.number,
                "entry": entry.model_dump_json(),
            }
            for entry in entries
        ]
        if not rows:
            return
        with self._database.writing() as connection:
            connection.execute(self._database.insert(timeline).on_conflict_do_nothing(), rows)

    def archived(self, incident_id: str, episode: int) -> list[TimelineEntry]:
        """The part of an episode's timeline that was moved here, oldest first."""
        with self._database.reading() as connection:
            return archived_entries(connection, incident_id, episode)


def archived_entries(connection: Connection, incident_id: str, episode: int) -> list[TimelineEntry]:
    """The part of an episode's timeline that was moved here, oldest first."""
    entries = connection.execute(
        select(timeline.c.entry)
        .where(timeline.c.incident_id == incident_id)
        .where(timeline.c.episode == episode)
        .order_by(timeline.c.number)
    ).scalars()
    return [TimelineEntry.model_validate_json(entry) for entry in entries]


def whole_timeline(connection: Connection, view: IncidentView) -> tuple[TimelineEntry, ...]:
    """An episode's timeline in order, with the older entries that were moved here."""
    archived = archived_entries(connection, view.incident_id, view.episode)
    entries = {entry.number: entry for entry in (*archived, *view.timeline)}
    return tuple(entries[number] for number in sorted(entries))


def latest_archived(
    connection: Connection, incident_id: str, episode: int, *, most: int
) -> list[TimelineEntry]:
    """At most so many of them, the latest, oldest first."""
    c = timeline.c
    entries = connection.execute(
        select(c.entry)
        .where(c.incident_id == incident_id, c.episode == episode)
        .order_by(c.number.desc())
        .limit(most)
    ).scalars()
    return [TimelineEntry.model_validate_json(entry) for entry in reversed(list(entries))]
