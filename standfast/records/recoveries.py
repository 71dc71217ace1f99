"""Alerts that have recovered, with the start that they had, and what fires with that start."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, select, update

from standfast.decisions.stale import is_over
from standfast.incidents.alert import AlertRecovery, StaleAlert
from standfast.records.database import Database
from standfast.records.tables import Moment
from standfast.records.tables import alert_recoveries as recoveries

_AT_ONCE = 500
"""Keys in one statement: databases take so many parameters and not many more."""


class SetAside(NamedTuple):
    """An alert that was set aside as stale, since `at`; `key` is for `counted`."""

    key: str
    stale: StaleAlert
    at: datetime


class Recoveries:
    """Part of the record store; every method may be called from any thread.

    Alerts are named by their `incidents.dedup_keys.incident_key`. Whatever changes several goes
    through them in one order, so that no two processes wait for each other's rows. Raises
    RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, began: Mapping[str, datetime], *, only_known: bool = False) -> None:
        """These alerts are over, which began then. What was set aside of them is over too.

        only_known: no incident was open for them, so this is news of known recoveries alone.
        """
        with self._database.writing() as connection:
            now = self._database.now(connection)
            known = _known(connection, began)
            again = [
                alert
                for alert in sorted(known)
                if only_known or is_over(began[alert], known[alert])
            ]
            new = [] if only_known else sorted(began.keys() - set(again))
            if again:
                changes = {"aside_at": None, "aside": "", "heard_at": now}
                connection.execute(_one.values(**changes), [{"key": alert} for alert in again])
            if new:
                insert = self._database.insert(recoveries)
                anew = {name: insert.excluded[name] for name in _NOTED}
                insert = insert.on_conflict_do_update(
                    index_elements=[recoveries.c.alert_key], set_=anew
                )
                noted = {"first_at": now, "heard_at": now, "aside_at": None, "aside": ""}
                rows = [{"alert_key": alert, "began": began[alert], **noted} for alert in new]
                connection.execute(insert, rows)

    def of(self, alerts: Collection[str]) -> dict[str, AlertRecovery]:
        """The last recovery of each of these alerts, as far as one is known."""
        with self._database.reading() as connection:
            return _known(connection, alerts)

    def fire_anew(self, starts: Mapping[str, datetime]) -> None:
        """These alerts, whose recovery is known, fire with a later start."""
        rows = [{"key": alert, "start": start} for alert, start in sorted(starts.items())]
        with self._database.writing() as connection:
            connection.execute(_one.values(fired=bindparam("start")), rows)

    def set_aside(self, stale: Mapping[str, StaleAlert]) -> set[str]:
        """Keep alerts whose recovery is known; the keys of those that are kept."""
        with self._database.writing() as connection:
            kept = set(_known(connection, stale))
            now = self._database.now(connection)
            rows = [
                {"key": key, "json": stale[key].model_dump_json(), "now": now}
                for key in sorted(kept)
            ]
            if rows:
                connection.execute(_set_aside, rows)
        return kept

    def aside(self, before: datetime | None = None, limit: int = 1_000) -> list[SetAside]:
        """What is set aside, the oldest first. before: since then or longer."""
        wanted = select(recoveries).where(recoveries.c.aside_at.is_not(None))
        if before:
            wanted = wanted.where(recoveries.c.aside_at <= before)
        wanted = wanted.order_by(recoveries.c.aside_at, recoveries.c.alert_key).limit(limit)
        with self._database.reading() as connection:
            return [
                SetAside(row.alert_key, StaleAlert.model_validate_json(row.aside), row.aside_at)
                for row in connection.execute(wanted)
            ]

    def counted(self, key: str) -> None:
        """What was set aside under this key has been counted after all."""
        with self._database.writing() as connection:
            connection.execute(_one.values(aside_at=None, aside=""), {"key": key})

    def forget(self, before: datetime) -> int:
        """Drop what was last heard of before then and is not set aside; how many those were."""
        old = delete(recoveries).where(
            recoveries.c.heard_at < before, recoveries.c.aside_at.is_(None)
        )
        with self._database.writing() as connection:
            return connection.execute(old).rowcount


_NOTED = ("began", "first_at", "heard_at", "aside_at", "aside")
_one = update(recoveries).where(recoveries.c.alert_key == bindparam("key"))
_set_aside = _one.values(
    aside=bindparam("json"),
    aside_at=func.coalesce(recoveries.c.aside_at, bindparam("now", type_=Moment)),
)


def _known(connection: Connection, alerts: Iterable[str]) -> dict[str, AlertRecovery]:
    found: dict[str, AlertRecovery] = {}
    keys = list(alerts)
    for first in range(0, len(keys), _AT_ONCE):
        wanted = select(recoveries).where(
            recoveries.c.alert_key.in_(keys[first : first + _AT_ONCE])
        )
        rows = connection.execute(wanted)
        found |= {row.alert_key: AlertRecovery(row.began, row.first_at, row.fired) for row in rows}
    return found
