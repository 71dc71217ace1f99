"""Resets of runs to before a fault: each done by one worker, and by themselves only so often."""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import func, select, update

from standfast.records.database import Database
from standfast.records.lease import is_held
from standfast.records.tables import repairs

_ONE_AT_A_TIME = 0x46697865
"""PostgreSQL's advisory lock under which a repair begins ("Fixe" in ASCII)."""


class Begun(StrEnum):
    """Whether a repair may be done by who asked."""

    YES = "yes"
    TAKEN = "taken"
    TOO_MANY = "too_many"


class Repairs:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self,
        key: str,
        incident_id: str,
        episode: int,
        by: str,
        lease: timedelta,
        most: int | None = None,
    ) -> Begun:
        """Ask to do a repair: it is the caller's until the lease is over.

        TAKEN while another does it, or when it was done; TOO_MANY when this episode has had `most`
        others.
        """
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, _ONE_AT_A_TIME)
            now = self._database.now(connection)
            line = connection.execute(select(repairs).where(repairs.c.key == key)).first()
            if line and (line.new_run_id or is_held(line.lease_until, now, lease)):
                return Begun.TAKEN
            others = select(func.count()).where(
                repairs.c.incident_id == incident_id,
                repairs.c.episode == episode,
                repairs.c.key != key,
            )
            if most is not None and connection.execute(others).scalar_one() >= most:
                return Begun.TOO_MANY
            values = {
                "key": key,
                "incident_id": incident_id,
                "episode": episode,
                "by": by,
                "began_at": now,
                "lease_until": now + lease,
            }
            connection.execute(
                self._database.insert(repairs)
                .values(values)
                .on_conflict_do_update(index_elements=["key"], set_=values)
            )
        return Begun.YES

    def done(self, key: str, new_run_id: str) -> None:
        """The run goes on in that one."""
        with self._database.writing() as connection:
            connection.execute(
                update(repairs).where(repairs.c.key == key).values(new_run_id=new_run_id)
            )

    def failed(self, key: str) -> None:
        """It could not be done: the next one who asks may try at once. It still counts."""
        with self._database.writing() as connection:
            now = self._database.now(connection)
            connection.execute(update(repairs).where(repairs.c.key == key).values(lease_until=now))

    def count(self, incident_id: str, episode: int) -> int:
        """How many repairs an episode has had."""
        wanted = select(func.count()).where(
            repairs.c.incident_id == incident_id, repairs.c.episode == episode
        )
        with self._database.reading() as connection:
            return connection.execute(wanted).scalar_one()
