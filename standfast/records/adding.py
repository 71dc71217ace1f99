"""Adds to the record of a closed incident: comments, corrections and tags."""

from sqlalchemy import Connection, select

from standfast.incidents.addition import Addition, AdditionKind, tags_of
from standfast.incidents.search_words import same_name
from standfast.records.additions import additions_of
from standfast.records.audit import Audit, AuditEvent
from standfast.records.database import Database
from standfast.records.indexing import Indexing
from standfast.records.tables import incidents, record_additions

MOST, MOST_OF_ONE = 500, 100
"""Additions to one episode, of all and of one person: a page shows all of them, and nobody takes
the room of the others."""


class NotOnRecord(Exception):  # noqa: N818
    """There is no record of that episode to add to."""


class TooMany(Exception):  # noqa: N818
    """The episode has as many additions as it may have; how many of whom, in words."""


class Adding:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit
        self._indexing = Indexing(database)

    def add(
        self, incident_id: str, episode: int, addition: Addition, key: str, event: AuditEvent
    ) -> bool:
        """Add to a record, its index and the audit log, in one transaction; whether it was new.

        The addition's own time does not count: it is the database's. key: the same for every try
        of it; empty where nobody tries again. A tag that is there already is not added again.

        Raises:
            NotOnRecord: there is no such record.
            TooMany: nothing more can be added.
        """
        c = incidents.c
        # Locked, so that the record is not erased meanwhile and this is left.
        record = select(c.number).where(c.incident_id == incident_id, c.episode == episode)
        with self._database.writing() as connection:
            if connection.execute(record.with_for_update()).first() is None:
                raise NotOnRecord
            if key and _is_known(connection, key):
                return False
            known = additions_of(connection, incident_id, episode)
            if _is_so_already(addition, known):
                return False
            if len(known) >= MOST:
                raise TooMany(f"{MOST} additions to its record")
            if sum(each.by == addition.by for each in known) >= MOST_OF_ONE:
                raise TooMany(f"{MOST_OF_ONE} additions of {addition.by} to its record")
            now = self._database.now(connection)
            row = {
                "incident_id": incident_id,
                "episode": episode,
                "key": key or None,
                "document": addition.model_copy(update={"at": now}).model_dump_json(),
            }
            connection.execute(record_additions.insert(), row)
            self._indexing.refresh(connection, incident_id, episode)
            self._audit.add(connection, event)
        return True


def _is_known(connection: Connection, key: str) -> bool:
    c = record_additions.c
    return connection.execute(select(c.number).where(c.key == key)).first() is not None


def _is_so_already(addition: Addition, known: tuple[Addition, ...]) -> bool:
    is_there = same_name(addition.text) in tags_of(known)
    match addition.kind:
        case AdditionKind.TAG:
            return is_there
        case AdditionKind.UNTAG:
            return not is_there
    return False
