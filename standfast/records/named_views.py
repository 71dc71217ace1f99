"""Views that people have named."""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, delete, func, or_, select

from standfast.incidents.named_view import MOST_VIEWS, NamedView, NewView
from standfast.incidents.search_words import same_name
from standfast.records.database import Database
from standfast.records.tables import named_views

_COUNTED = 0x56696577
"""PostgreSQL's advisory lock for counting those of a person ("View")."""

_c = named_views.c


class TooMany(NamedTuple):
    """A view is not kept: there are `MOST_VIEWS` of its person, or of those shared with a team."""

    team: str = ""


class NamedViews:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def seen_by(self, person: str, teams: Collection[str]) -> tuple[NamedView, ...]:
        """Those of a person, and behind them those that others share with these teams."""
        theirs, shared = _c.owner == person, _c.team.in_(sorted(teams))
        wanted = select(named_views).where(or_(theirs, shared)).order_by(_c.key, _c.owner)
        with self._database.reading() as connection:
            views = [_view(row) for row in connection.execute(wanted)]
        return tuple(sorted(views, key=lambda view: view.owner != person))

    def shared(self) -> tuple[NamedView, ...]:
        """Those of everybody that are shared, by team."""
        wanted = select(named_views).where(_c.team != "").order_by(_c.team, _c.key, _c.owner)
        with self._database.reading() as connection:
            return tuple(_view(row) for row in connection.execute(wanted))

    def save(self, new: NewView) -> "NamedView | TooMany":
        """Name a view. The same again changes nothing."""
        key = same_name(new.name)
        asked = {"name": new.name, "query": new.query, "team": new.team}
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, _COUNTED)
            this = (_c.owner == new.by, _c.key == key)
            known = connection.execute(select(named_views).where(*this)).first()
            if known and {name: known._mapping[name] for name in asked} == asked:
                return _view(known)
            if known is None and self._count(connection, _c.owner == new.by) >= MOST_VIEWS:
                return TooMany()
            is_new = known is None or known.team != new.team
            if new.team and is_new and self._count(connection, _c.team == new.team) >= MOST_VIEWS:
                return TooMany(team=new.team)
            now = self._database.now(connection)
            line = {"owner": new.by, "key": key, **asked, "changed_at": now}
            connection.execute(delete(named_views).where(*this))
            connection.execute(named_views.insert(), line)
        return NamedView.model_validate(line)

    def remove(self, person: str, name: str) -> NamedView | None:
        """Delete a view of a person; what it was, None where they have none of that name."""
        this = (_c.owner == person, _c.key == same_name(name))
        with self._database.writing() as connection:
            row = connection.execute(select(named_views).where(*this)).first()
            connection.execute(delete(named_views).where(*this))
        return _view(row) if row else None

    def _count(self, connection: Connection, of: ColumnElement[bool]) -> int:
        return connection.execute(select(func.count()).where(of)).scalar_one()

    def forget(self, person: str) -> int:
        """Delete all of a person; how many."""
        theirs = func.lower(_c.owner) == person.lower()
        with self._database.writing() as connection:
            return connection.execute(delete(named_views).where(theirs)).rowcount


def _view(row: Row[Any]) -> NamedView:
    return NamedView.model_validate(dict(row._mapping))
