"""Tokens of the API and keys of sources: who they belong to; the secrets themselves are not kept.

Nothing is deleted: a revoked token still tells whose it was.
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, select, update

from standfast.incidents.ids import token_id
from standfast.incidents.roles import Role
from standfast.messages.message import InboundMessage, InUtc, Message, Name
from standfast.records.database import Database
from standfast.records.tables import tokens

TOKEN_PREFIX = "sft_"  # noqa: S105 - what scanners for leaked secrets can look for
SOURCE_KEY = re.compile(r"[0-9a-f]{32}")
"""What PagerDuty's clients take as a routing key."""


class NewToken(InboundMessage):
    """A token that somebody asks for: of a person or program with a role, or of a source."""

    name: Name
    role: Role | None = None
    source: str = ""


class Token(Message):
    """A token on record. One of `role` and `source` is set; `revoked_at` once it opens no more."""

    id: str
    name: str
    role: Role | None
    source: str
    created_at: InUtc
    revoked_at: InUtc | None = None


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

    def create(self, asked: NewToken) -> Created:
        """Make a secret of 256 random bits, or for a source one of 128, and put it on record."""
        secret = secrets.token_hex(16) if asked.source else TOKEN_PREFIX + secrets.token_urlsafe(32)
        with self._database.writing() as connection:
            line = {
                "id": token_id(),
                "name": asked.name,
                "role": asked.role.value if asked.role else "",
                "source": asked.source,
                "fingerprint": _fingerprint(secret),
                "created_at": self._database.now(connection),
            }
            insert = (
                self._database.insert(tokens)
                .on_conflict_do_nothing(index_elements=["id"])
                .execution_options(preserve_rowcount=True)
            )
            while connection.execute(insert, line).rowcount == 0:  # the id is taken
                line["id"] = token_id()
        return Created(Token.model_validate({**line, "role": asked.role}), secret)

    def of(self, secret: str) -> Token | None:
        """The token with this secret; None where there is none that still opens anything."""
        fingerprint = _fingerprint(secret)
        wanted = select(tokens).where(tokens.c.fingerprint == fingerprint)
        with self._database.reading() as connection:
            row = connection.execute(wanted).first()
        if row is None or not hmac.compare_digest(row.fingerprint, fingerprint):
            return None
        return None if row.revoked_at else _token(row)

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

    def _found(self, wanted: Select[Any]) -> list[Token]:
        with self._database.reading() as connection:
            return [_token(row) for row in connection.execute(wanted)]


def _fingerprint(secret: str) -> str:
    # A plain hash is enough: nobody can try 2^128 secrets, as they could the words of a password.
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _token(row: Row[Any]) -> Token:
    return Token.model_validate({**row._mapping, "role": row.role or None})
