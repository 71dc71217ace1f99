"""Requests that came with an Idempotency-Key: tried twice, they are answered the same.

A request is begun before its effect, under an identity that stays the same for every try of it, so
that a process which dies in between leaves enough for the next try to find what it had started.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import and_, delete, select, update

from standfast.records.database import Database
from standfast.records.lease import is_held
from standfast.records.tables import idempotency

REMEMBERED = timedelta(hours=24)
"""After so long a key is as good as new."""

LEASE = timedelta(seconds=15)
"""A try that has not ended after so long has died; the next one may take over.

More than a report may take. If it has not died after all, the next one finds what it opened.
"""


class KeyState(StrEnum):
    """What became of beginning a request."""

    BEGUN = "begun"
    ANSWERED = "answered"
    RUNNING = "running"
    OTHER_BODY = "other_body"


class Begun(NamedTuple):
    """`attempt` is the request's identity, for BEGUN; `answer` what was said, for ANSWERED."""

    standing: KeyState
    attempt: str = ""
    answer: str = ""


class Idempotency:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, caller: str, key: str, body: str) -> Begun:
        """Begin a request, or learn that it has been answered or runs. `body` stands for it all."""
        row = idempotency.c
        with self._database.writing() as connection:
            now = self._database.now(connection)
            connection.execute(delete(idempotency).where(row.at < now - REMEMBERED))
            attempt = str(uuid4())
            line = {
                "caller": caller,
                "key": key,
                "body": body,
                "attempt": attempt,
                "lease_until": now + LEASE,
                "at": now,
            }
            insert = (
                self._database.insert(idempotency)
                .on_conflict_do_nothing()
                .execution_options(preserve_rowcount=True)
            )
            if connection.execute(insert, line).rowcount == 1:
                return Begun(KeyState.BEGUN, attempt=attempt)
            found = connection.execute(
                select(idempotency).where(row.caller == caller, row.key == key).with_for_update()
            ).one()
            if found.body != body:
                return Begun(KeyState.OTHER_BODY)
            if found.answer is not None:
                return Begun(KeyState.ANSWERED, answer=found.answer)
            # Who began it meanwhile may have looked at the clock after us.
            now = self._database.now(connection)
            if is_held(found.lease_until, now, LEASE):
                return Begun(KeyState.RUNNING)
            connection.execute(self._change(caller, key).values(lease_until=now + LEASE))
            return Begun(KeyState.BEGUN, attempt=found.attempt)

    def answered(self, caller: str, key: str, answer: str) -> None:
        """Keep what was said; from now on every try of it gets that."""
        with self._database.writing() as connection:
            connection.execute(self._change(caller, key).values(answer=answer))

    def failed(self, caller: str, key: str) -> None:
        """Nobody knows whether it took effect: the next try, at once, has the same identity."""
        with self._database.writing() as connection:
            now = self._database.now(connection)
            connection.execute(self._change(caller, key).values(lease_until=now))

    def forget(self, caller: str, key: str) -> None:
        """It had no effect, and never will have; the key is free."""
        row = idempotency.c
        with self._database.writing() as connection:
            connection.execute(delete(idempotency).where(row.caller == caller, row.key == key))

    def _change(self, caller: str, key: str) -> Any:
        return update(idempotency).where(
            and_(idempotency.c.caller == caller, idempotency.c.key == key)
        )
