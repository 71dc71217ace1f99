"""The key of each incident, wrapped by the key ring. Without it nobody can read its payloads."""

from datetime import datetime

from sqlalchemy import Connection, Row, Select, func, select, update

from standfast.records.database import Database
from standfast.records.stored_key import StoredKey
from standfast.records.tables import incident_keys

_AT_ONCE = 500
"""Ids in one statement: databases take so many parameters and not many more."""


class IncidentKeys:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def current_or(self, new: StoredKey) -> StoredKey:
        """The key that encrypts for an incident: the one it has, else the one that is given."""
        current = _keys_of(new.incident_id).where(incident_keys.c.retired_at.is_(None))
        highest = select(func.max(incident_keys.c.number)).where(
            incident_keys.c.incident_id == new.incident_id
        )
        with self._database.writing() as connection:
            while (row := connection.execute(current).first()) is None:
                last = connection.execute(highest).scalar() or 0
                self._insert(connection, new, last + 1)
        return _stored(row)

    def get(self, incident_id: str, key_id: str) -> StoredKey | None:
        """A key by its id; None where there never was one, so far as this database knows."""
        wanted = _keys_of(incident_id).where(incident_keys.c.key_id == key_id)
        with self._database.reading() as connection:
            row = connection.execute(wanted).first()
        return _stored(row) if row else None

    def put_back(self, key: StoredKey) -> None:
        """Keep a key that the database has lost, as after an older copy of it was restored."""
        with self._database.writing() as connection:
            highest = select(func.max(incident_keys.c.number)).where(
                incident_keys.c.incident_id == key.incident_id
            )
            last = connection.execute(highest).scalar() or 0
            if last:  # a newer one encrypts by now
                self._insert(connection, key, last + 1, retired_at=self._database.now(connection))
            else:
                self._insert(connection, key, 1)

    def rewrap(self, key: StoredKey) -> None:
        """Keep it wrapped by another key of the ring, unless it was thrown away meanwhile."""
        c = incident_keys.c
        changed = (
            update(incident_keys)
            .where(c.incident_id == key.incident_id, c.key_id == key.key_id)
            .where(c.wrapped.is_not(None))
            .values(ring_key=key.ring_key, wrapped=key.wrapped)
        )
        with self._database.writing() as connection:
            connection.execute(changed)

    def not_wrapped_by(self, ring_key: str, most: int) -> list[StoredKey]:
        """Keys that another key of the ring wraps, at most so many."""
        c = incident_keys.c
        wanted = select(incident_keys).where(c.ring_key != ring_key, c.wrapped.is_not(None))
        with self._database.reading() as connection:
            return [_stored(row) for row in connection.execute(wanted.limit(most))]

    def wrapped_by(self) -> dict[str, int]:
        """How many keys each key of the ring wraps, by its id."""
        c = incident_keys.c
        counted = (
            select(c.ring_key, func.count().label("keys"))
            .where(c.wrapped.is_not(None))
            .group_by(c.ring_key)
        )
        with self._database.reading() as connection:
            return {row.ring_key: row.keys for row in connection.execute(counted)}

    def retire(self, incident_ids: list[str]) -> None:
        """Let them encrypt nothing more; what they have encrypted is still read."""
        c = incident_keys.c
        with self._database.writing() as connection:
            now = self._database.now(connection)
            for some in _in_portions(incident_ids):
                connection.execute(
                    update(incident_keys)
                    .where(c.incident_id.in_(some), c.retired_at.is_(None))
                    .values(retired_at=now)
                )

    def throw_away(self, incident_ids: list[str]) -> int:
        """Throw away the retired keys of these incidents, for ever; how many there were."""
        c = incident_keys.c
        thrown = 0
        with self._database.writing() as connection:
            now = self._database.now(connection)
            for some in _in_portions(incident_ids):
                thrown += connection.execute(
                    update(incident_keys)
                    .where(c.incident_id.in_(some), c.retired_at.is_not(None))
                    .where(c.wrapped.is_not(None))
                    .values(wrapped=None, thrown_away_at=now)
                ).rowcount
        return thrown

    def thrown_away_since(self, moment: datetime) -> list[StoredKey]:
        """The keys that were thrown away since then."""
        wanted = select(incident_keys).where(incident_keys.c.thrown_away_at >= moment)
        with self._database.reading() as connection:
            return [_stored(row) for row in connection.execute(wanted)]

    def _insert(
        self,
        connection: Connection,
        key: StoredKey,
        number: int,
        retired_at: datetime | None = None,
    ) -> None:
        connection.execute(
            self._database.insert(incident_keys)
            .values(
                **key._asdict(),
                number=number,
                made_at=self._database.now(connection),
                retired_at=retired_at,
            )
            .on_conflict_do_nothing()
        )


def _keys_of(incident_id: str) -> "Select[tuple[object, ...]]":
    return select(incident_keys).where(incident_keys.c.incident_id == incident_id)


def _stored(row: "Row[tuple[object, ...]]") -> StoredKey:
    wrapped = bytes(row.wrapped) if row.wrapped is not None else None
    return StoredKey(row.incident_id, row.key_id, row.ring_key, wrapped)


def _in_portions(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
