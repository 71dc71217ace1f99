"""Tokens of the API and keys of sources: who they belong to; the secrets themselves are not kept.

Nothing is deleted: a revoked token still tells whose it was.
"""

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, or_, select, update

from standfast.incidents.ids import token_id
from standfast.incidents.roles import Role
from standfast.messages.message import InboundMessage, InUtc, Message, Name
from standfast.records.database import Database
from standfast.records.tables import push_devices, tokens

TOKEN_PREFIX = "sft_"  # noqa: S105 - what scanners for leaked secrets can look for
SOURCE_KEY = re.compile(r"[0-9a-f]{32}")
"""What PagerDuty's clients take as a routing key."""

WARNED_BEFORE = timedelta(days=14)
"""How long before a token expires it is told."""

USED_EVERY = timedelta(minutes=1)
"""How often at most the use of a token is written down."""


class NewToken(InboundMessage):
    """A token that somebody asks for: of a person or program with a role, or of a source.

    expires_at: from when on it opens nothing; None for never.
    """

    name: Name
    role: Role | None = None
    source: str = ""
    expires_at: InUtc | None = None


class Token(Message):
    """A token on record. One of `role` and `source` is set; `revoked_at` once it opens no more.

    expires_at: from when on it opens nothing; None for never.
    used_at: the last use, to the minute; None for never.
    replaced_by: the id of the token that it was rotated to; None for none.
    """

    id: str
    name: str
    role: Role | None
    source: str
    created_at: InUtc
    revoked_at: InUtc | None = None
    expires_at: InUtc | None = None
    used_at: InUtc | None = None
    replaced_by: str | None = None

    def is_valid(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return not self.revoked_at and not self.has_expired(now)

    def has_expired(self, now: datetime) -> bool:
        """Whether it opens nothing since the moment at which it expired."""
        return self.expires_at is not None and self.expires_at <= now

    def expires_soon(self, now: datetime) -> bool:
        """Whether somebody has to do something, so that it does not expire by surprise."""
        soon = self.expires_at is not None and self.expires_at - now <= WARNED_BEFORE
        return soon and self.is_valid(now)


class Created(NamedTuple):
    """A new token with its secret, which is shown this once."""

    token: Token
    secret: str


class Tokens:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[str, datetime] = {}

    def create(self, asked: NewToken) -> Created:
        """Make a secret of 256 random bits, or for a source one of 128, and put it on record."""
        with self._database.writing() as connection:
            return self._create(connection, asked)

    def rotate(self, old: Token, expires_at: datetime | None, ends_at: datetime) -> Created | None:
        """Make a token that replaces another; the old one works on until `ends_at`, no longer.

        expires_at: when the new one expires; None for never. Returns None where the old one was
        revoked or replaced meanwhile.
        """
        asked = NewToken(name=old.name, role=old.role, source=old.source, expires_at=expires_at)
        with self._database.writing() as connection:
            made = self._create(connection, asked)
            ends = min(ends_at, old.expires_at) if old.expires_at else ends_at
            replaced = (
                update(tokens)
                .where(
                    tokens.c.id == old.id,
                    tokens.c.revoked_at.is_(None),
                    tokens.c.replaced_by.is_(None),
                )
                .values(replaced_by=made.token.id, expires_at=ends)
            )
            if connection.execute(replaced).rowcount == 1:
                # What was begun with it goes on with the new one: pages to a phone, too.
                theirs = update(push_devices).where(push_devices.c.token_id == old.id)
                connection.execute(theirs.values(token_id=made.token.id))
                return made
            connection.execute(tokens.delete().where(tokens.c.id == made.token.id))
            return None

    def of(self, secret: str, now: datetime | None = None) -> Token | None:
        """The token with this secret; None where there is none that still opens anything."""
        found = self._with(secret)
        return found if found and found.is_valid(now or datetime.now(UTC)) else None

    def expired(self, secret: str) -> Token | None:
        """The token with this secret, if it has expired and was not revoked: to say so."""
        found = self._with(secret)
        if found is None or found.revoked_at or not found.has_expired(datetime.now(UTC)):
            return None
        return found

    def is_noted(self, token: Token, now: datetime) -> bool:
        """Whether a use now needs no note: there is one, or this process tried, a minute ago."""
        known = [each for each in (token.used_at, self._noted.get(token.id)) if each]
        return bool(known) and now - max(known) < USED_EVERY

    def used(self, token: Token, now: datetime) -> None:
        """Note that it is used; what was noted less than a minute ago is not written again."""
        if self.is_noted(token, now):
            return
        self._noted[token.id] = now
        stale = or_(tokens.c.used_at.is_(None), tokens.c.used_at <= now - USED_EVERY)
        used = update(tokens).where(tokens.c.id == token.id, stale).values(used_at=now)
        with self._database.writing() as connection:
            connection.execute(used)

    def get(self, token_id: str) -> Token | None:
        """A token by its id, also a revoked one."""
        found = self._found(select(tokens).where(tokens.c.id == token_id))
        return found[0] if found else None

    def all(self) -> list[Token]:
        """Every token that there ever was, the oldest first."""
        return self._found(select(tokens).order_by(tokens.c.created_at, tokens.c.id))

    def revoke(self, token_id: str, at: datetime) -> bool:
        """Let it open nothing any more; whether that was still to be done."""
        revoked = (
            update(tokens)
            .where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None))
            .values(revoked_at=at)
        )
        with self._database.writing() as connection:
            return connection.execute(revoked).rowcount == 1

    def _create(self, connection: Connection, asked: NewToken) -> Created:
        secret = secrets.token_hex(16) if asked.source else TOKEN_PREFIX + secrets.token_urlsafe(32)
        line = {
            "id": token_id(),
            "name": asked.name,
            "role": asked.role.value if asked.role else "",
            "source": asked.source,
            "fingerprint": _fingerprint(secret),
            "created_at": self._database.now(connection),
            "expires_at": asked.expires_at,
        }
        insert = (
            self._database.insert(tokens)
            .on_conflict_do_nothing(index_elements=["id"])
            .execution_options(preserve_rowcount=True)
        )
        while connection.execute(insert, line).rowcount == 0:  # the id is taken
            line["id"] = token_id()
        return Created(Token.model_validate({**line, "role": asked.role}), secret)

    def _with(self, secret: str) -> Token | None:
        """The token with this secret, whether it opens anything or not."""
        fingerprint = _fingerprint(secret)
        wanted = select(tokens).where(tokens.c.fingerprint == fingerprint)
        with self._database.reading() as connection:
            row = connection.execute(wanted).first()
        if row is None or not hmac.compare_digest(row.fingerprint, fingerprint):
            return None
        return _token(row)

    def _found(self, wanted: Select[Any]) -> list[Token]:
        with self._database.reading() as connection:
            return [_token(row) for row in connection.execute(wanted)]


def opens(now: datetime) -> ColumnElement[bool]:
    """The condition in SQL that a token opens something; see `Token.is_valid`."""
    unexpired = or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > now)
    return and_(tokens.c.revoked_at.is_(None), unexpired)


def _fingerprint(secret: str) -> str:
    # A plain hash is enough: nobody can try 2^128 secrets, as they could the words of a password.
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _token(row: Row[Any]) -> Token:
    return Token.model_validate({**row._mapping, "role": row.role or None})
