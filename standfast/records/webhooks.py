"""Webhooks that have been taken, by the ids their senders gave them: each is taken once."""

import hashlib
from datetime import datetime

from sqlalchemy import delete, select

from standfast.records.database import Database
from standfast.records.tables import webhooks_seen as seen


class WebhooksSeen:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def answer(self, source: str, webhook_id: str, since: datetime | None = None) -> str | None:
        """What was noted of the webhook of that id, since then; None where nothing was."""
        wanted = select(seen.c.answer).where(seen.c.key == _key(source, webhook_id))
        if since:
            wanted = wanted.where(seen.c.at > since)
        with self._database.reading() as connection:
            return connection.execute(wanted).scalar()

    def note(self, source: str, webhook_id: str, answer: str) -> None:
        """Note that it was taken, and what was answered."""
        with self._database.writing() as connection:
            now = self._database.now(connection)
            noted = {"answer": answer, "at": now}
            insert = self._database.insert(seen).values(key=_key(source, webhook_id), **noted)
            connection.execute(
                insert.on_conflict_do_update(index_elements=[seen.c.key], set_=noted)
            )

    def forget(self, before: datetime) -> int:
        """Drop those that were taken before then; how many those were."""
        with self._database.writing() as connection:
            return connection.execute(delete(seen).where(seen.c.at < before)).rowcount


def _key(source: str, webhook_id: str) -> str:
    # Hashed, since whoever sends it chooses how long it is.
    return hashlib.sha256(f"{source}\0{webhook_id}".encode(errors="replace")).hexdigest()
