"""Overrides of schedules: who stands in for whoever is on call, from when to when.

Nothing is deleted, so that the past can be told.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, or_, select, update

from standfast.incidents.ids import override_id
from standfast.incidents.schedule import NewOverride, Override, PlannedOverrides
from standfast.records.database import Database
from standfast.records.tables import overrides

_IN_ORDER = 0x4F76657272
"""PostgreSQL's advisory lock for adding: later ones must get higher numbers ("Overr")."""


class PlannedMade(NamedTuple):
    """The overrides that a request came to; `already` where they were on record before it."""

    overrides: list[Override]
    already: bool


class Overrides:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, asked: NewOverride) -> Override:
        """Put an override on record, under a new id."""
        return self._add([asked], swap=False)[0]

    def swap(self, asked: Sequence[NewOverride]) -> list[Override]:
        """Put two on record that belong together: both of them, or neither."""
        return self._add(asked, swap=True)

    def make(
        self, team: str, at: datetime, plan: Callable[[Sequence[Override]], PlannedOverrides]
    ) -> PlannedMade:
        """Put on record what `plan` makes of the team's overrides that are not over at `at`.

        Nobody else adds any in between. What `plan` raises is raised, and nothing is changed.
        """
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, _IN_ORDER)
            on_record = _read(connection, _not_over(at), team)
            planned = plan(on_record)
            if planned.already:
                return PlannedMade(list(planned.already), already=True)
            made = self._insert(connection, planned.new, swap=len(planned.new) > 1)
            return PlannedMade(made, already=False)

    def get(self, override_id: str) -> Override | None:
        """An override, whether it is coming, running or over."""
        found = self._found(select(overrides).where(overrides.c.id == override_id))
        return found[0] if found else None

    def running_or_coming(self, at: datetime, team: str | None = None) -> list[Override]:
        """Those that are not over at `at`, of one team or of all, in the order they were made in.

        One that was ended early had held until then: asked of the past, it is there.
        """
        return self._found(_not_over(at), team)

    def all(self, team: str | None = None) -> list[Override]:
        """All that there ever were, of one team or of all, in the order they were made in."""
        return self._found(select(overrides), team)

    def end(self, override_id: str, by: str, at: datetime) -> bool:
        """End it before its time, a swap as a whole; whether that was still to be done.

        `get` tells why not.
        """
        c = overrides.c
        still_to_come = and_(c.ended_at.is_(None), c.ends > at)
        with self._database.writing() as connection:
            chosen = select(c.swap).where(c.id == override_id, still_to_come)
            swap = connection.execute(chosen).scalar_one_or_none()
            if swap is None:
                return False
            these = or_(c.id == override_id, and_(c.swap == swap, c.swap != ""))
            ended = update(overrides).where(these, still_to_come)
            connection.execute(ended.values(ended_by=by, ended_at=at))
            return True

    def _add(self, asked: Sequence[NewOverride], *, swap: bool) -> list[Override]:
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, _IN_ORDER)
            return self._insert(connection, asked, swap=swap)

    def _insert(
        self, connection: Connection, asked: Sequence[NewOverride], *, swap: bool
    ) -> list[Override]:
        made: list[Override] = []
        for each in asked:
            new = _free_id(connection)
            together = (made[0].id if made else new) if swap else ""
            now = self._database.now(connection)
            line = {**dict(each), "id": new, "swap": together, "created_at": now}
            insert = overrides.insert().values(line).returning(overrides.c.number)
            number = connection.execute(insert).scalar_one()
            made.append(Override.model_validate({**line, "number": number}))
        return made

    def _found(self, wanted: Select[Any], team: str | None = None) -> list[Override]:
        with self._database.reading() as connection:
            return _read(connection, wanted, team)


def _not_over(at: datetime) -> Select[Any]:
    c = overrides.c
    not_ended = or_(c.ended_at.is_(None), and_(c.ended_at > at, c.ended_at > c.starts))
    return select(overrides).where(c.ends > at, not_ended)


def _read(connection: Connection, wanted: Select[Any], team: str | None) -> list[Override]:
    if team is not None:
        wanted = wanted.where(overrides.c.team == team)
    rows = connection.execute(wanted.order_by(overrides.c.number)).mappings()
    return [Override.model_validate(dict(row)) for row in rows]


def _free_id(connection: Connection) -> str:
    while True:
        new = override_id()
        if connection.execute(select(overrides.c.id).where(overrides.c.id == new)).first() is None:
            return new
