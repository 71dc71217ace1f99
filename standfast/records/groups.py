"""Alerts that belong together: which incident each of them is in, and which still fire.

A group is open to further alerts for a window from its first one; whoever is in it stays in it.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, select, update

from standfast.records.database import Database
from standfast.records.tables import group_members as members
from standfast.records.tables import groups


class Groups:
    """Part of the record store; every method may be called from any thread.

    Keys of alerts and incidents are `incidents.dedup_keys.incident_key`s. Raises RecordsUnavailable
    when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def join(self, group: str, alert_key: str, window: timedelta) -> str:
        """The key of the incident that this alert is in: it fires.

        group: what the alert has in common with others, such as service and category. The first
        alert of a group gives the incident its own key.
        """
        name = hashlib.sha256(group.encode()).hexdigest()
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, int(name[:15], 16))
            now = self._database.now(connection)
            known = _member(connection, alert_key)
            if known is not None and known[1]:
                self._put(connection, alert_key, known[0], now)
                return known[0]
            incident_key = self._open_group(connection, name, alert_key, now, window)
            self._put(connection, alert_key, incident_key, now)
            return incident_key

    def leave(self, alert_key: str) -> tuple[str, bool]:
        """This alert fires no more: the key of its incident, and whether none in it fires now.

        One that was never in a group is its own.
        """
        with self._database.writing() as connection:
            known = _member(connection, alert_key)
            if known is None:
                return alert_key, True
            incident_key = known[0]
            # Of two that leave at once, one must see that the other has left.
            hashed = hashlib.sha256(incident_key.encode()).hexdigest()
            self._database.one_at_a_time(connection, int(hashed[:15], 16))
            connection.execute(
                update(members).where(members.c.alert_key == alert_key).values(firing=False)
            )
            firing = exists().where(members.c.incident_key == incident_key, members.c.firing)
            return incident_key, not connection.execute(select(firing)).scalar_one()

    def incident_of(self, alert_key: str) -> str:
        """The key of the incident that an alert is in; its own when it was never in a group."""
        with self._database.reading() as connection:
            known = _member(connection, alert_key)
        return known[0] if known else alert_key

    def forget(self, before: datetime) -> int:
        """Drop alerts that were last heard of before then, and groups as old; how many alerts."""
        with self._database.writing() as connection:
            connection.execute(delete(groups).where(groups.c.opened_at < before))
            return connection.execute(delete(members).where(members.c.heard_at < before)).rowcount

    def _open_group(
        self, connection: Connection, name: str, alert_key: str, now: datetime, window: timedelta
    ) -> str:
        found = connection.execute(
            select(groups.c.incident_key).where(
                groups.c.name == name, groups.c.opened_at > now - window
            )
        ).scalar()
        if found is not None:
            return str(found)
        opened = self._database.insert(groups).values(
            name=name, incident_key=alert_key, opened_at=now
        )
        connection.execute(
            opened.on_conflict_do_update(
                index_elements=[groups.c.name],
                set_={"incident_key": alert_key, "opened_at": now},
            )
        )
        return alert_key

    def _put(
        self, connection: Connection, alert_key: str, incident_key: str, now: datetime
    ) -> None:
        known = {"incident_key": incident_key, "firing": True, "heard_at": now}
        put = self._database.insert(members).values(alert_key=alert_key, **known)
        connection.execute(
            put.on_conflict_do_update(index_elements=[members.c.alert_key], set_=known)
        )


def _member(connection: Connection, alert_key: str) -> tuple[str, bool] | None:
    """The incident that an alert is in, and whether it fires; None when it is in no group."""
    row = connection.execute(
        select(members.c.incident_key, members.c.firing).where(members.c.alert_key == alert_key)
    ).first()
    return (row.incident_key, row.firing) if row else None
