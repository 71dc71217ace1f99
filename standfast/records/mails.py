"""Mail that has been taken, so that each message is taken once and replies find their incident."""

import hashlib
from datetime import timedelta

from sqlalchemy import delete, select

from standfast.records.database import Database
from standfast.records.tables import mails_seen as seen

KEPT_FOR = timedelta(days=400)
"""How long a message is known; a reply to an older one is a new report."""


class MailsSeen:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def answer(self, fingerprint: str) -> str | None:
        """What became of the message of that fingerprint; None when it has not been taken yet."""
        wanted = select(seen.c.answer).where(seen.c.fingerprint == _digest(fingerprint))
        with self._database.reading() as connection:
            return connection.execute(wanted).scalar()

    def incident_of(self, message_id: str) -> str | None:
        """The incident that the first message of that id went to."""
        wanted = (
            select(seen.c.incident_id)
            .where(seen.c.message == _digest(message_id))
            .where(seen.c.incident_id != "")
            .order_by(seen.c.at)
            .limit(1)
        )
        with self._database.reading() as connection:
            return connection.execute(wanted).scalar()

    def taken(self, fingerprint: str, message_id: str, incident_id: str, answer: str) -> None:
        """Note what became of a message; what was noted first stays. Very old ones are dropped."""
        with self._database.writing() as connection:
            now = self._database.now(connection)
            connection.execute(delete(seen).where(seen.c.at < now - KEPT_FOR))
            line = {
                "fingerprint": _digest(fingerprint),
                "message": _digest(message_id) if message_id else "",
                "incident_id": incident_id,
                "answer": answer,
                "at": now,
            }
            connection.execute(self._database.insert(seen).on_conflict_do_nothing(), line)


def _digest(text: str) -> str:
    # Hashed, since whoever sends it chooses how long it is.
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
