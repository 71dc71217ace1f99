"""The list of open incidents, by stage, the most urgent first: beside each projection a small row.

A page, and a count up to a limit, cost as much with 100 open incidents as with 100,000. The list is
a cache like the projections: Temporal is the truth about which incidents are open.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Executable,
    Row,
    Select,
    bindparam,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from standfast.incidents.confidentiality import Reader
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView
from standfast.incidents.search_entry import written_readers
from standfast.records.database import Database
from standfast.records.indexing import Indexing
from standfast.records.readers import among, found_by
from standfast.records.tables import open_incidents, projections

_AT_ONCE = 500
"""Ids in one statement: databases take so many parameters and not many more."""


class OpenIncident(NamedTuple):
    """One open incident in the list. What is not known yet is empty, the tier None.

    readers: who finds it by name, and that it is confidential: `readers_of` it, a line each.
    """

    incident_id: str
    episode: int
    stage: str
    priority: str
    team: str
    tier: int | None
    category: str
    service: str
    title: str
    opened_at: datetime
    readers: str = ""

    def is_found_by(self, reader: Reader) -> bool:
        """Whether somebody finds it."""
        return reader.finds(self.readers.split(), self.team)

    @property
    def place(self) -> "Place":
        """Where it stands in the list."""
        return Place(self.stage, self.priority, self.opened_at, self.incident_id)


class Place(NamedTuple):
    """A place in the list: stages along the flowchart, then the most urgent, then the oldest."""

    stage: str
    priority: str
    opened_at: datetime
    incident_id: str


class Narrowed(NamedTuple):
    """Which open incidents to list; empty is any.

    reader: as whom; those that they do not find are left out. None for all.
    """

    stage: str = ""
    priority: str = ""
    team: str = ""
    category: str = ""
    service: str = ""
    reader: Reader | None = None


def listed(view: IncidentView) -> OpenIncident:
    """The incident as the list has it."""
    return OpenIncident(
        incident_id=view.incident_id,
        episode=view.episode,
        stage=view.stage,
        priority=view.priority or "",
        team=view.team or "",
        tier=view.tier,
        category=view.category or "",
        service=view.report.service,
        title=view.title,
        opened_at=view.opened_at,
        readers=written_readers(view),
    )


class OpenIncidents:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._indexing = Indexing(database)

    def page(self, wanted: Narrowed, limit: int, after: Place | None = None) -> list[OpenIncident]:
        """At most `limit` of them, in the order of the list, from behind a place on."""
        found: list[OpenIncident] = []
        with self._database.reading() as connection:
            for stage in _stages(wanted, after):
                query = _of_a_stage(select(open_incidents), wanted, stage)
                c = open_incidents.c
                if after and after.stage == stage:
                    behind = tuple_(c.priority, c.opened_at, c.incident_id) > tuple_(
                        literal(after.priority),
                        literal(after.opened_at, c.opened_at.type),
                        literal(after.incident_id),
                    )
                    query = query.where(behind)
                query = query.order_by(c.priority, c.opened_at, c.incident_id)
                rows = connection.execute(query.limit(limit - len(found)))
                found += map(_incident, rows)
                if len(found) == limit:
                    break
        return found

    def counts(self, wanted: Narrowed, most: int) -> dict[str, int]:
        """How many of them are in each stage, counted up to `most`; stages without are left out.

        `wanted.stage` does not matter.
        """
        counted = []
        for box in Box:
            some = _of_a_stage(select(literal(1)), wanted, box).limit(most).subquery()
            counted.append(select(func.count()).select_from(some).scalar_subquery().label(box))
        with self._database.reading() as connection:
            row = connection.execute(select(*counted)).one()
        return {box: count for box, count in zip(Box, row, strict=True) if count}

    def naming(self, reader: Reader, limit: int) -> list[OpenIncident]:
        """At most `limit` of which this reader is among those who find it by name, newest first."""
        c = open_incidents.c
        by_name = or_(*(among(c.readers, name) for name in reader.names))
        wanted = select(open_incidents).where(by_name)
        wanted = wanted.order_by(c.opened_at.desc(), c.incident_id).limit(limit)
        with self._database.reading() as connection:
            return [_incident(row) for row in connection.execute(wanted)]

    def those_of(self, incident_ids: Sequence[str]) -> dict[str, OpenIncident]:
        """Those of these that are listed, by id."""
        found: dict[str, OpenIncident] = {}
        with self._database.reading() as connection:
            for first in range(0, len(incident_ids), _AT_ONCE):
                ids = incident_ids[first : first + _AT_ONCE]
                wanted = select(open_incidents).where(open_incidents.c.incident_id.in_(ids))
                found |= {row.incident_id: _incident(row) for row in connection.execute(wanted)}
        return found

    def ids(self, after: str, limit: int) -> list[str]:
        """At most `limit` ids of listed incidents, in their order, from behind one on."""
        c = open_incidents.c
        wanted = select(c.incident_id).where(c.incident_id > after).order_by(c.incident_id)
        with self._database.reading() as connection:
            return list(connection.execute(wanted.limit(limit)).scalars())

    def total(self, priority: str = "") -> int:
        """How many are listed, or of this priority. It reads them all: not for a request."""
        wanted = select(func.count()).select_from(open_incidents)
        if priority:
            wanted = wanted.where(open_incidents.c.priority == priority)
            wanted = wanted.where(open_incidents.c.stage.in_([str(box) for box in Box]))
        with self._database.reading() as connection:
            return connection.execute(wanted).scalar_one()

    def unlist(self, incident_id: str) -> None:
        """Take an incident that is not open off the list, unless it has a projection.

        A worker of an older version drops the projection of an incident that closes, and knows of
        no list.
        """
        c = open_incidents.c
        projected = exists().where(projections.c.incident_id == c.incident_id)
        with self._database.writing() as connection:
            connection.execute(
                delete(open_incidents).where(c.incident_id == incident_id, ~projected)
            )
            if not connection.execute(_PROJECTED, {"incident_id": incident_id}).first():
                self._indexing.remove(connection, incident_id, only_open=True)


_PROJECTED = select(literal(1)).where(projections.c.incident_id == bindparam("incident_id"))


def listing(database: Database) -> Executable:
    """The statement that lists incidents as their projections are that were just kept.

    Its parameters are the fields of OpenIncident, and the run and task of the projection. It lists
    none that a later projection kept out.
    """
    c = open_incidents.c
    its_own = exists().where(
        projections.c.incident_id == bindparam("incident_id", type_=c.incident_id.type),
        projections.c.run_id == bindparam("run_id", type_=projections.c.run_id.type),
        projections.c.task == bindparam("task", type_=projections.c.task.type),
    )
    values = select(*(bindparam(column.name, type_=column.type) for column in c)).where(its_own)
    insert = database.insert(open_incidents).from_select(list(c.keys()), values)
    changing = [column for column in c if not column.primary_key]
    return insert.on_conflict_do_update(
        index_elements=[c.incident_id],
        set_={column.name: insert.excluded[column.name] for column in changing},
        # A step seldom changes anything of it: then nothing is written.
        where=or_(*(column.is_distinct_from(insert.excluded[column.name]) for column in changing)),
    )


def _stages(wanted: Narrowed, after: Place | None) -> Collection[str]:
    """The stages to look at, in the order of the list."""
    stages = [str(box) for box in Box]
    if after and after.stage in stages:
        stages = stages[stages.index(after.stage) :]
    return [stage for stage in stages if wanted.stage in ("", stage)]


def _of_a_stage(query: Select[Any], wanted: Narrowed, stage: str) -> Select[Any]:
    c = open_incidents.c
    query = query.where(c.stage == str(stage))
    if wanted.reader is not None:
        query = query.where(found_by(wanted.reader, c.readers, c.team))
    if wanted.priority:
        query = query.where(c.priority == wanted.priority)
    by = {c.service: wanted.service, c.category: wanted.category, c.team: wanted.team}
    narrowing = [(column, value) for column, value in by.items() if value]
    for number, (column, value) in enumerate(narrowing):
        # The index of the first, which narrows it most; the databases would have to guess.
        compared: ColumnElement[str] = func.coalesce(column, "") if number else column
        query = query.where(compared == value)
    return query


def _incident(row: Row[Any]) -> OpenIncident:
    return OpenIncident(*(getattr(row, name) for name in OpenIncident._fields))
