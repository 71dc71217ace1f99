"""Adds to the record of a closed incident: comments, corrections, tags, and who finds it."""

from sqlalchemy import Connection, select, update

from standfast.incidents.addition import Addition, AdditionKind
from standfast.incidents.record import IncidentView
from standfast.incidents.search_words import same_name
from standfast.records.additions import with_additions
from standfast.records.audit import Audit, AuditEvent
from standfast.records.chat_steps import StepKind
from standfast.records.database import Database
from standfast.records.indexing import Indexing
from standfast.records.tables import chat_steps, incidents, record_additions

MOST, MOST_OF_ONE = 500, 100
"""Additions to one episode, of all and of one person: a page shows all of them, and nobody takes
the room of the others. Who finds it is counted by itself: that is not in the way of much said."""


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
        of it; empty where nobody tries again. What is so already, such as a tag that is there, is
        not added again.

        Raises:
            NotOnRecord: there is no such record.
            TooMany: nothing more can be added.
        """
        c = incidents.c
        # Locked, so that the record is not erased meanwhile and this is left.
        record = select(c.document).where(c.incident_id == incident_id, c.episode == episode)
        with self._database.writing() as connection:
            document = connection.execute(record.with_for_update()).scalar()
            if document is None:
                raise NotOnRecord
            if key and _is_known(connection, key):
                return False
            view = with_additions(connection, IncidentView.model_validate_json(document))
            if _is_so_already(addition, view):
                return False
            kind = addition.kind.says_who_finds_it
            known = [each for each in view.additions if each.kind.says_who_finds_it is kind]
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
            if addition.kind.says_who_finds_it:
                _show_anew_in_chats(connection, incident_id, episode)
            self._audit.add(connection, event)
        return True


def _is_known(connection: Connection, key: str) -> bool:
    c = record_additions.c
    return connection.execute(select(c.number).where(c.key == key)).first() is not None


def _is_so_already(addition: Addition, view: IncidentView) -> bool:
    is_there = same_name(addition.text) in view.tags
    match addition.kind:
        case AdditionKind.TAG:
            return is_there
        case AdditionKind.UNTAG:
            return not is_there
        case AdditionKind.RESTRICT:
            known = view.confidential
            return known is not None and set(addition.people) <= set(known.people)
        case AdditionKind.UNRESTRICT:
            return view.confidential is None
    return False


def _show_anew_in_chats(connection: Connection, incident_id: str, episode: int) -> None:
    """Have who keeps a chat look again at what it shows of an episode that is over."""
    c = chat_steps.c
    its_messages = update(chat_steps).where(c.incident_id == incident_id, c.episode == episode)
    connection.execute(its_messages.where(c.kind == StepKind.MESSAGE).values(over=False))
