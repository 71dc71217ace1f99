"""Alerts that have recovered, with the start that they had, and what fires again with that start.

Kept in the table of webhooks, under keys that no webhook has: it is what was heard last of an
alert, and is forgotten as soon.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import BaseModel
from sqlalchemy import Connection, select

from standfast.incidents.alert import AlertRecovery
from standfast.incidents.report import Report
from standfast.records.database import Database
from standfast.records.tables import webhooks_seen as seen


class SetAside(NamedTuple):
    """A report that was set aside as stale, since `at`; `key` is for `done`."""

    key: str
    report: Report
    at: datetime


class _Heard(BaseModel):
    """What was heard of an alert. aside_at stands first, so that those that have one are found.

    first_at: when its monitor first said that the firing which began then is over.
    """

    aside_at: datetime | None = None
    aside: Report | None = None
    began: datetime
    first_at: datetime


class Recoveries:
    """Part of the record store; every method may be called from any thread.

    Alerts are named by their `incidents.alert.incident_key`. Raises RecordsUnavailable when the
    database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, began: Mapping[str, datetime], *, only_known: bool = False) -> None:
        """These alerts are over, which began then. What was set aside of them is over too.

        only_known: no incident was open for them, so this is news of known recoveries alone.
        """
        with self._database.writing() as connection:
            now = self._database.now(connection)
            for alert, start in sorted(began.items()):
                key = self._alone_with(connection, alert)
                known = _heard(connection, [key]).get(key)
                if known is None and only_known:
                    continue
                if known is None or (start > known.began and not only_known):
                    known = _Heard(began=start, first_at=now)
                self._keep(connection, key, known.model_copy(update=_NOTHING_ASIDE), now)

    def of(self, alerts: Collection[str]) -> dict[str, AlertRecovery]:
        """The last recovery of each of these alerts, as far as one is known."""
        keys = {_key(alert): alert for alert in alerts}
        with self._database.reading() as connection:
            found = _heard(connection, list(keys))
        return {keys[key]: AlertRecovery(one.began, one.first_at) for key, one in found.items()}

    def set_aside(self, alert: str, report: Report) -> bool:
        """Keep a report of an alert whose recovery is known; False when none is, any more."""
        with self._database.writing() as connection:
            now = self._database.now(connection)
            key = self._alone_with(connection, alert)
            known = _heard(connection, [key]).get(key)
            if known is None:
                return False
            aside = {"aside": report, "aside_at": known.aside_at or now}
            self._keep(connection, key, known.model_copy(update=aside), now)
        return True

    def set_aside_before(self, before: datetime, limit: int = 1_000) -> list[SetAside]:
        """Reports that have been set aside since then or longer; not longer than a day."""
        wanted = select(seen.c.key, seen.c.answer).where(seen.c.answer.startswith('{"aside_at"'))
        with self._database.reading() as connection:
            # Of all that the table has, only what is recent is looked through.
            wanted = wanted.where(seen.c.at > self._database.now(connection) - _LONGEST)
            rows = connection.execute(wanted.order_by(seen.c.at).limit(limit)).all()
        heard = ((row.key, _Heard.model_validate_json(row.answer)) for row in rows)
        return [
            SetAside(key, one.aside, one.aside_at)
            for key, one in heard
            if one.aside and one.aside_at and one.aside_at <= before
        ]

    def done(self, key: str) -> None:
        """What was set aside under this key counts now."""
        with self._database.writing() as connection:
            known = _heard(connection, [key]).get(key)
            if known:
                now = self._database.now(connection)
                self._keep(connection, key, known.model_copy(update=_NOTHING_ASIDE), now)

    def _alone_with(self, connection: Connection, alert: str) -> str:
        key = _key(alert)
        self._database.one_at_a_time(connection, int(key[:15], 16))
        return key

    def _keep(self, connection: Connection, key: str, heard: _Heard, now: datetime) -> None:
        noted = {"answer": heard.model_dump_json(exclude_none=True), "at": now}
        insert = self._database.insert(seen).values(key=key, **noted)
        connection.execute(insert.on_conflict_do_update(index_elements=[seen.c.key], set_=noted))


_LONGEST = timedelta(days=1)
_NOTHING_ASIDE = {"aside": None, "aside_at": None}


def _heard(connection: Connection, keys: Iterable[str]) -> dict[str, _Heard]:
    found: dict[str, _Heard] = {}
    keys = list(keys)
    for first in range(0, len(keys), _AT_ONCE):
        wanted = select(seen.c.key, seen.c.answer).where(
            seen.c.key.in_(keys[first : first + _AT_ONCE])
        )
        rows = connection.execute(wanted)
        found |= {row.key: _Heard.model_validate_json(row.answer) for row in rows}
    return found


_AT_ONCE = 500
"""Keys in one statement: databases take so many parameters and not many more."""


def _key(alert: str) -> str:
    # No source has an empty name, so no webhook has such a key.
    return hashlib.sha256(f"\0recovered\0{alert}".encode(errors="replace")).hexdigest()
