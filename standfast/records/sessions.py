"""Sessions of the console: who is signed in, since when, and what has ended.

The cookie holds a secret; the database has its hash only. A session is over when it was ended, when
it is older than `LIFETIME`, when nothing was asked for too long, or when its token opens no more.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, case, delete, or_, select, update

from standfast.incidents.ids import session_id
from standfast.incidents.roles import Role
from standfast.messages.message import InUtc, Message
from standfast.records.database import Database
from standfast.records.push_devices import end_with_name, end_with_sessions
from standfast.records.tables import sessions, tokens
from standfast.records.tokens import opens

LIFETIME = timedelta(hours=12)
"""How long a session lasts at most: a working day."""

SEEN_EVERY = timedelta(minutes=1)
"""How often at most it is written down that a session is used."""

_ENDED = "its session was ended"

KEPT_FOR = timedelta(days=30)
"""How long a session is kept after it began, for whoever looks into what happened."""


class Session(Message):
    """A session that is valid. `token` is the id of the token that it was begun with; empty where
    the provider of OpenID Connect vouched for `name` and gave them `role`.
    """

    id: str
    name: str
    role: Role
    token: str
    began_at: InUtc
    seen_at: InUtc


class SignedInBy(NamedTuple):
    """What a session is begun with: a token, or a name and a role that the provider gave."""

    token: str = ""
    name: str = ""
    role: Role | None = None


class Sessions:
    """Part of the record store; every method may be called from any thread.

    `idle` is after how long without a request a session is over. Raises RecordsUnavailable when
    the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, by: SignedInBy, now: datetime) -> str:
        """Put a new session on record; its secret, which is for the cookie."""
        secret = secrets.token_urlsafe(32)
        line = {
            "id": session_id(),
            "fingerprint": fingerprint(secret),
            "token_id": by.token,
            "name": by.name,
            "role": by.role.value if by.role else "",
            "began_at": now,
            "seen_at": now,
        }
        insert = (
            self._database.insert(sessions)
            .on_conflict_do_nothing(index_elements=["id"])
            .execution_options(preserve_rowcount=True)
        )
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.began_at < now - KEPT_FOR))
            while connection.execute(insert, line).rowcount == 0:  # the id is taken
                line["id"] = session_id()
        return secret

    def of(self, secret: str, now: datetime, idle: timedelta) -> Session | None:
        """The session with this secret; None where there is none that is valid."""
        found = self._found(_valid(now, idle).where(sessions.c.fingerprint == fingerprint(secret)))
        return found[0] if found else None

    def valid(self, now: datetime, idle: timedelta) -> list[Session]:
        """Every session that is valid, the latest first."""
        order = (sessions.c.began_at.desc(), sessions.c.id)
        return self._found(_valid(now, idle).order_by(*order))

    def seen(self, session: Session, now: datetime) -> None:
        """Note that it is used; what was noted less than a minute ago is not written again."""
        if now - session.seen_at < SEEN_EVERY:
            return
        used = update(sessions).where(
            sessions.c.id == session.id, sessions.c.seen_at <= now - SEEN_EVERY
        )
        with self._database.writing() as connection:
            connection.execute(used.values(seen_at=now))

    def end(self, session_id: str, now: datetime) -> bool:
        """End a session, and the devices that get pages by it; whether it was still to be done."""
        return self._end(now, sessions.c.id == session_id, devices_too=True) == 1

    def end_with(self, secret: str, now: datetime) -> bool:
        """End the session with this secret; whether that was still to be done."""
        return self._end(now, sessions.c.fingerprint == fingerprint(secret)) == 1

    def end_all_of(self, name: str, now: datetime) -> int:
        """End every session of a person, and their devices; how many sessions that were."""
        theirs = select(tokens.c.id).where(tokens.c.name == name)
        whose = or_(
            and_(sessions.c.token_id == "", sessions.c.name == name),
            sessions.c.token_id.in_(theirs),
        )
        with self._database.writing() as connection:
            end_with_name(connection, name, _ENDED, now)
        return self._end(now, whose, sessions.c.began_at > now - LIFETIME)

    def end_all(self, now: datetime) -> int:
        """End every session; how many that were."""
        return self._end(now, sessions.c.began_at > now - LIFETIME)

    def _end(self, now: datetime, *which: ColumnElement[bool], devices_too: bool = False) -> int:
        ended = update(sessions).where(*which, sessions.c.ended_at.is_(None)).values(ended_at=now)
        with self._database.writing() as connection:
            if devices_too:
                end_with_sessions(connection, and_(*which), _ENDED, now)
            return connection.execute(ended).rowcount

    def _found(self, wanted: Select[Any]) -> list[Session]:
        with self._database.reading() as connection:
            return [_session(row) for row in connection.execute(wanted)]


def fingerprint(secret: str) -> str:
    """What is on record of a secret that nobody could guess."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _valid(now: datetime, idle: timedelta) -> Select[Any]:
    """The sessions that are valid now, with the name and role that they have now."""
    by_token = sessions.c.token_id != ""
    return (
        select(
            sessions.c.id,
            sessions.c.token_id.label("token"),
            sessions.c.began_at,
            sessions.c.seen_at,
            case((by_token, tokens.c.name), else_=sessions.c.name).label("name"),
            case((by_token, tokens.c.role), else_=sessions.c.role).label("role"),
        )
        .select_from(sessions.outerjoin(tokens, tokens.c.id == sessions.c.token_id))
        .where(
            sessions.c.ended_at.is_(None),
            sessions.c.began_at > now - LIFETIME,
            sessions.c.seen_at > now - idle,
            or_(
                and_(by_token, tokens.c.role != "", opens(now)),
                and_(~by_token, sessions.c.name != "", sessions.c.role != ""),
            ),
        )
    )


def _session(row: Row[Any]) -> Session:
    return Session.model_validate(dict(row._mapping))
