"""Silences: who asked for quiet, for what and until when, and which incidents they keep quiet.

Nothing is deleted. What a silence keeps quiet is noted under a lock on its row, so that whoever
ends it early sees every incident that has to wake.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, not_, select, update

from standfast.incidents.ids import silence_id
from standfast.incidents.silence import Matcher, NewSilence, Silence, SilencedIncident
from standfast.records.database import Database
from standfast.records.tables import silenced_incidents as silenced
from standfast.records.tables import silences


class Silences:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, asked: NewSilence) -> Silence:
        """Put a silence on record, under a new id."""
        with self._database.writing() as connection:
            silence = Silence(
                id=silence_id(),
                matcher=asked.matcher,
                starts=asked.starts,
                ends=asked.ends,
                by=asked.by,
                reason=asked.reason,
                created_at=self._database.now(connection),
            )
            line = dict(silence) | {"matcher": silence.matcher.model_dump_json()}
            insert = (
                self._database.insert(silences)
                .on_conflict_do_nothing()
                .execution_options(preserve_rowcount=True)
            )
            while connection.execute(insert, line).rowcount == 0:  # the id is taken
                line["id"] = silence_id()
        return silence.model_copy(update={"id": line["id"]})

    def get(self, silence_id: str) -> Silence | None:
        """A silence, whether it is coming, running or over."""
        found = self._found(select(silences).where(silences.c.id == silence_id))
        return found[0] if found else None

    def running_or_coming(self, at: datetime) -> list[Silence]:
        """Those that are not over at `at`, the one that starts first first."""
        current = select(silences).where(_is_current(at))
        return self._found(current.order_by(silences.c.starts, silences.c.id))

    def over(self, at: datetime) -> list[Silence]:
        """Those that are over at `at`, the one that started last first."""
        past = select(silences).where(not_(_is_current(at)))
        return self._found(past.order_by(silences.c.starts.desc(), silences.c.id))

    def end(self, silence_id: str, by: str, at: datetime) -> bool:
        """End it before its time; whether that was still to be done. `get` tells why not."""
        ended = (
            update(silences)
            .where(silences.c.id == silence_id, _is_current(at))
            .values(ended_by=by, ended_at=at)
        )
        with self._database.writing() as connection:
            return connection.execute(ended).rowcount == 1

    def note_silenced(self, silence_id: str, incident_id: str) -> bool:
        """Note that it keeps an incident quiet; idempotent. False when it was ended meanwhile: then
        nobody would wake the incident, and whether it is quiet has to be decided anew.
        """
        locked = select(silences.c.ended_at).where(silences.c.id == silence_id).with_for_update()
        with self._database.writing() as connection:
            row = connection.execute(locked).first()
            if row is None or row.ended_at is not None:
                return False
            note = {
                "silence_id": silence_id,
                "incident_id": incident_id,
                "at": self._database.now(connection),
            }
            connection.execute(self._database.insert(silenced).on_conflict_do_nothing(), note)
        return True

    def silenced_by(self, silence_id: str) -> list[SilencedIncident]:
        """The incidents that it has kept quiet, in the order in which they were noted."""
        noted = (
            select(silenced.c.incident_id, silenced.c.at, silenced.c.woken_at)
            .where(silenced.c.silence_id == silence_id)
            .order_by(silenced.c.at, silenced.c.incident_id)
        )
        with self._database.reading() as connection:
            return [SilencedIncident(**row._mapping) for row in connection.execute(noted)]

    def note_woken(self, silence_id: str, incident_id: str) -> None:
        """Note that an incident knows of the early end."""
        with self._database.writing() as connection:
            connection.execute(
                update(silenced)
                .where(silenced.c.silence_id == silence_id, silenced.c.incident_id == incident_id)
                .values(woken_at=self._database.now(connection))
            )

    def _found(self, wanted: Select[Any]) -> list[Silence]:
        with self._database.reading() as connection:
            return [_silence(row) for row in connection.execute(wanted)]


def _is_current(at: datetime) -> Any:
    # One that was ended early is over for every clock, also for one that is a little behind.
    return and_(silences.c.ended_at.is_(None), silences.c.ends > at)


def _silence(row: Row[Any]) -> Silence:
    return Silence.model_validate(
        {**row._mapping, "matcher": Matcher.model_validate_json(row.matcher)}
    )
