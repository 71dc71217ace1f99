"""Which replies in the threads of chats are on the timelines of their incidents: each once."""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Row, select, update

from standfast.records.database import Database
from standfast.records.tables import chat_replies

DELETED = "deleted"
"""The version of a reply that was deleted: no chat calls another one so."""


class ReplyState(StrEnum):
    """What became of a reply.

    seen: it came in; whether it is on the timeline is not known. noted: it is. refused: it is not,
    and its writer was told why.
    """

    SEEN = "seen"
    NOTED = "noted"
    REFUSED = "refused"


class ChatReply(NamedTuple):
    """A version of a reply; the columns of `tables.chat_replies`."""

    key: str
    chat: str
    incident_id: str
    episode: int
    reply: str
    version: str
    person: str
    state: ReplyState
    at: datetime


def reply_key(chat: str, channel: str, reply: str, version: str) -> str:
    """The key of a version of a reply. It is also what makes its comment one."""
    return hashlib.sha256("\0".join((chat, channel, reply, version)).encode()).hexdigest()


class ChatReplies:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def see(self, reply: ChatReply) -> ChatReply:
        """Write down that it came in; how it stands, if it had come before."""
        with self._database.writing() as connection:
            insert = self._database.insert(chat_replies).values(reply._asdict())
            connection.execute(insert.on_conflict_do_nothing())
            wanted = select(chat_replies).where(chat_replies.c.key == reply.key)
            return _reply(connection.execute(wanted).one())

    def note(self, key: str, state: ReplyState, person: str) -> None:
        """Write down what became of it, and who wrote it."""
        with self._database.writing() as connection:
            connection.execute(
                update(chat_replies)
                .where(chat_replies.c.key == key)
                .values(state=state, person=person)
            )

    def of(self, chat: str, incident_id: str, episode: int) -> list[ChatReply]:
        """Every version of every reply in the thread of an episode's message."""
        c = chat_replies.c
        wanted = select(chat_replies).where(c.chat == chat, c.incident_id == incident_id)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.where(c.episode == episode))
            return [_reply(row) for row in rows]


def _reply(row: Row[Any]) -> ChatReply:
    return ChatReply(**{**row._mapping, "state": ReplyState(row.state)})
