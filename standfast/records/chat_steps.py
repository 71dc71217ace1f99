"""The journal of what is made in chats: each step is written down before it is tried.

So a step whose outcome is unknown, because a process died or an answer was lost, is looked for in
the chat before it is tried again.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, select, update

from standfast.records.chat_keepers import must_be_keeper
from standfast.records.database import Database
from standfast.records.tables import chat_steps, projections


class StepKind(StrEnum):
    """What is made."""

    MESSAGE = "message"
    REPLY = "reply"
    CHANNEL = "channel"
    INVITATION = "invitation"


class StepState(StrEnum):
    """How far a step is.

    planned: it was not done, for sure. intended: it may have been done, which is looked up before
    it is tried again. done: it is there. unknown: whether it is there, nobody can tell; it is not
    tried again. gone: it was there, and somebody in the chat deleted it.
    """

    PLANNED = "planned"
    INTENDED = "intended"
    DONE = "done"
    UNKNOWN = "unknown"
    GONE = "gone"


class ChatStep(NamedTuple):
    """A step; the columns of `tables.chat_steps`."""

    key: str
    chat: str
    incident_id: str
    episode: int
    kind: StepKind
    state: StepState
    channel: str
    made: str
    link: str
    says: str
    detail: str
    at: datetime
    over: bool


class ChatSteps:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def intend(
        self,
        key: str,
        chat: str,
        incident_id: str,
        episode: int,
        kind: StepKind,
        channel: str,
        holder: str,
    ) -> ChatStep:
        """Write down that a step is tried now; how it stood before, `planned` if it is new.

        One that is done, unknown or gone stays so.

        Raises:
            NotTheKeeper: `holder` does not have the lease of that chat.
        """
        with self._database.writing() as connection:
            must_be_keeper(self._database, connection, chat, holder)
            row = {
                "key": key,
                "chat": chat,
                "incident_id": incident_id,
                "episode": episode,
                "kind": kind,
                "state": StepState.PLANNED,
                "channel": channel,
                "made": "",
                "link": "",
                "says": "",
                "detail": "",
                "at": self._database.now(connection),
                "over": False,
            }
            insert = self._database.insert(chat_steps).values(row)
            connection.execute(insert.on_conflict_do_nothing())
            wanted = select(chat_steps).where(chat_steps.c.key == key)
            before = _step(connection.execute(wanted).one())
            if before.state is StepState.PLANNED:
                connection.execute(
                    update(chat_steps)
                    .where(chat_steps.c.key == key)
                    .values(state=StepState.INTENDED, channel=channel, at=row["at"])
                )
        return before

    def note(self, key: str, **columns: Any) -> None:
        """Write down what became of it: the columns that have changed."""
        with self._database.writing() as connection:
            connection.execute(update(chat_steps).where(chat_steps.c.key == key).values(columns))

    def get(self, key: str) -> ChatStep | None:
        """One step; None where it was never tried."""
        found = self._read(select(chat_steps).where(chat_steps.c.key == key))
        return found[0] if found else None

    def of(self, incident_id: str, episode: int) -> list[ChatStep]:
        """Everything that was made for an episode, in any chat, in the order of its keys."""
        c = chat_steps.c
        wanted = select(chat_steps).where(c.incident_id == incident_id, c.episode == episode)
        return self._read(wanted.order_by(c.key))

    def at(self, chat: str, channel: str, made: str) -> ChatStep | None:
        """The message, reply or channel with that id in a chat; None where it is not ours."""
        c = chat_steps.c
        found = self._read(
            select(chat_steps).where(c.chat == chat, c.made == made, c.channel == channel)
        )
        return found[0] if found else None

    def messages(self, chat: str) -> list[ChatStep]:
        """The messages of a chat that may still change."""
        c = chat_steps.c
        wanted = select(chat_steps).where(c.chat == chat, c.kind == StepKind.MESSAGE)
        return self._read(wanted.where(c.over.is_(False)).order_by(c.key))

    def in_trouble(self, chat: str) -> list[ChatStep]:
        """What is not as it should be in a chat, and may still change: `detail` is why."""
        c = chat_steps.c
        wanted = select(chat_steps).where(c.chat == chat, c.over.is_(False), c.detail != "")
        return self._read(wanted.where(c.state != StepState.GONE).order_by(c.key))

    def messages_of(self, incident_id: str) -> list[ChatStep]:
        """The messages of an incident that are there, or may be, in any chat and episode."""
        c = chat_steps.c
        wanted = select(chat_steps).where(c.incident_id == incident_id)
        wanted = wanted.where(c.kind == StepKind.MESSAGE, c.state.not_in(_NOT_THERE))
        return self._read(wanted.order_by(c.key))

    def left_behind(self, chat: str) -> list[ChatStep]:
        """Messages and channels of incidents that are not open any more, or not in that episode.

        Besides them, messages of which nobody knows what they say: they were found.
        """
        c, p = chat_steps.c, projections.c
        is_open = (p.incident_id == c.incident_id) & (p.episode == c.episode)
        open_now = select(p.incident_id).where(is_open).exists()
        is_message = c.kind == StepKind.MESSAGE
        is_channel = (c.kind == StepKind.CHANNEL) & c.state.in_(_THERE)
        is_found = is_message & (c.state == StepState.DONE) & (c.says == "")
        wanted = select(chat_steps).where(c.chat == chat, c.over.is_(False))
        wanted = wanted.where(((is_message | is_channel) & ~open_now) | is_found)
        return self._read(wanted.order_by(c.key))

    def _read(self, wanted: Select[Any]) -> list[ChatStep]:
        with self._database.reading() as connection:
            return [_step(row) for row in connection.execute(wanted)]


_THERE = (StepState.INTENDED, StepState.DONE)
"""What is made is there, or may be."""

_NOT_THERE = (StepState.PLANNED, StepState.GONE)


def _step(row: Row[Any]) -> ChatStep:
    named = {**row._mapping, "kind": StepKind(row.kind), "state": StepState(row.state)}
    return ChatStep(**named)
