"""Which process keeps a chat up to date: one at a time, by a lease."""

from datetime import timedelta

from sqlalchemy import Connection, delete, select

from standfast.records.database import Database
from standfast.records.lease import is_free
from standfast.records.tables import chat_keepers


class NotTheKeeper(Exception):  # noqa: N818
    """Another process keeps this chat up to date now, so this one must not do anything there."""


class ChatKeepers:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def hold(self, chat: str, holder: str, lease: timedelta) -> bool:
        """Take the lease of a chat, or hold it longer; False while another process has it."""
        c = chat_keepers.c
        with self._database.writing() as connection:
            now = self._database.now(connection)
            row = {"chat": chat, "holder": holder, "lease_until": now + lease}
            insert = self._database.insert(chat_keepers).values(row)
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["chat"],
                    set_=row,
                    where=(c.holder == holder) | is_free(c.lease_until, now, lease),
                )
            )
            # How many rows an insert has changed, PostgreSQL's driver does not say.
            return connection.execute(select(c.holder).where(c.chat == chat)).scalar() == holder

    def kept(self) -> set[str]:
        """The chats that a process keeps up to date now."""
        c = chat_keepers.c
        with self._database.reading() as connection:
            wanted = select(c.chat).where(c.lease_until > self._database.now(connection))
            return set(connection.execute(wanted).scalars())

    def release(self, chat: str, holder: str) -> None:
        """Let another process take it at once."""
        c = chat_keepers.c
        with self._database.writing() as connection:
            connection.execute(delete(chat_keepers).where(c.chat == chat).where(c.holder == holder))


def must_be_keeper(database: Database, connection: Connection, chat: str, holder: str) -> None:
    """NotTheKeeper where another process has the lease, or nobody."""
    c = chat_keepers.c
    wanted = select(c.holder).where(c.chat == chat, c.lease_until > database.now(connection))
    if connection.execute(wanted.with_for_update()).scalar() != holder:
        raise NotTheKeeper(f"another process keeps {chat} up to date")
