"""How open incidents stood when last seen: a cache of their histories, which are the truth.

Each projection says of which workflow task it is, so that a reader notices one that is behind.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, delete, func, select, tuple_

from standfast.incidents.record import IncidentView
from standfast.incidents.search_entry import SearchEntry
from standfast.records.database import Database
from standfast.records.indexing import Indexing, OpenEntry
from standfast.records.open_incidents import OpenIncident, listed, listing
from standfast.records.tables import incidents, open_incidents, projections

_LAST_STEPS = 500
"""Incidents by whose latest steps a change is noticed."""


class Projection(NamedTuple):
    """How one incident stood after a workflow task of a run.

    task: the id of the WorkflowTaskStarted event in that run; as_of: that event's time.
    next_due: when its next clock runs out; None where it waits for people alone.
    document: the IncidentView as JSON.
    line: how the list of open incidents has it; None in a projection that was read.
    entry: what is indexed of it, likewise.
    """

    incident_id: str
    episode: int
    run_id: str
    task: int
    as_of: datetime
    next_due: datetime | None
    waits_for_person: bool
    document: str
    line: OpenIncident | None = None
    entry: SearchEntry | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """Its row in the table of projections."""
        return {name: getattr(self, name) for name in _COLUMNS}

    @property
    def view(self) -> IncidentView:
        """The incident as it stood."""
        return IncidentView.model_validate_json(self.document)


class Position(NamedTuple):
    """How far an open incident has come; priority: as the list has it, None where it has none."""

    incident_id: str
    run_id: str
    task: int
    as_of: datetime
    priority: str | None


_CLOSING = timedelta(minutes=10)
"""How long after its record was written a run may still be listed as open by Temporal."""

_COLUMNS = tuple(name for name in Projection._fields if name not in ("line", "entry"))


def projection_of(view: IncidentView, run_id: str, task: int, as_of: datetime) -> Projection:
    """The projection of an incident that stood so after this task."""
    due = [wait.until for wait in view.waiting_for if wait.until]
    return Projection(
        incident_id=view.incident_id,
        episode=view.episode,
        run_id=run_id,
        task=task,
        as_of=as_of,
        next_due=min(due, default=None),
        waits_for_person=any(wait.kind == "person" for wait in view.waiting_for),
        document=view.model_dump_json(),
        line=listed(view),
        entry=SearchEntry(view),
    )


class Projections:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._indexing = Indexing(database)
        insert = database.insert(projections)
        new = insert.excluded
        self._keep = insert.on_conflict_do_update(
            index_elements=[projections.c.incident_id],
            set_={name: new[name] for name in _COLUMNS if name != "incident_id"},
            where=new.as_of >= projections.c.as_of,
        )
        self._list = listing(database)

    def keep(self, batch: Iterable[Projection], *, run_on: bool = False) -> None:
        """Keep them all in one transaction; no incident may be in the batch twice.

        What is kept of a later moment stays, and an episode that is on record is left out.

        run_on: Temporal runs them, also those that are on record for a while, as after Temporal's
            database was restored from an older copy than the records: these are kept from then on.
        """
        # In one order everywhere, so that no two processes wait for each other's rows.
        rows = sorted(batch, key=lambda each: each.incident_id)
        if not rows:
            return
        with self._database.writing() as connection:
            recorded = _recorded(connection, rows)
            if recorded:
                recorded -= _kept(connection, recorded)  # one that closes is dropped with that
            if recorded and run_on:
                before = self._database.now(connection) - _CLOSING
                recorded -= _recorded(connection, rows, closed_before=before)
            open_ = [each for each in rows if (each.incident_id, each.episode) not in recorded]
            if open_:
                connection.execute(self._keep, [each.columns for each in open_])
                lines = [
                    {**each.line._asdict(), "run_id": each.run_id, "task": each.task}
                    for each in open_
                    if each.line
                ]
                if lines:
                    connection.execute(self._list, lines)
                entries = [
                    OpenEntry(each.entry, each.run_id, each.task) for each in open_ if each.entry
                ]
                if entries:
                    self._indexing.put_open(connection, entries)

    def get(self, incident_id: str) -> Projection | None:
        """The projection of one incident; None where nothing is kept of it."""
        return self.of([incident_id]).get(incident_id)

    def of(self, incident_ids: Sequence[str]) -> dict[str, Projection]:
        """The projections of these incidents, by id, as far as there are any."""
        if not incident_ids:
            return {}
        wanted = select(projections).where(projections.c.incident_id.in_(incident_ids))
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
        return {row.incident_id: _projection(row) for row in rows}

    def fingerprint(self) -> tuple[object, ...]:
        """Another one as soon as any incident has stepped on.

        It is that of the incidents which stepped on last: one that does comes among them, and one
        that closes has just been among them.
        """
        c = projections.c
        last = select(c.as_of, c.task).order_by(c.as_of.desc()).limit(_LAST_STEPS).subquery()
        wanted = select(func.max(last.c.as_of), func.min(last.c.as_of), func.sum(last.c.task))
        with self._database.reading() as connection:
            return tuple(connection.execute(wanted).one())

    def positions(self, since: datetime | None = None) -> list["Position"]:
        """How far open incidents have come, those of that moment or later; without one, all."""
        c, line = projections.c, open_incidents.c
        both = projections.outerjoin(open_incidents, c.incident_id == line.incident_id)
        wanted = select(c.incident_id, c.run_id, c.task, c.as_of, line.priority).select_from(both)
        if since:
            wanted = wanted.where(c.as_of >= since)
        with self._database.reading() as connection:
            return [Position(*row) for row in connection.execute(wanted)]

    def overdue(self, before: datetime, limit: int) -> list[Projection]:
        """Incidents whose next clock was due before then, or that wait for nothing at all.

        At most `limit`: those that wait for nothing first, then the most overdue.
        """
        c = projections.c
        # Two questions, since each is a look into an index; as one it would be a look at all rows.
        nothing = select(projections).where(c.next_due.is_(None), c.waits_for_person.is_(False))
        late = select(projections).where(c.next_due < before).order_by(c.next_due)
        with self._database.reading() as connection:
            rows = list(connection.execute(nothing.limit(limit)))
            if len(rows) < limit:
                rows += connection.execute(late.limit(limit - len(rows)))
        return [_projection(row) for row in rows]

    def forget(self, incident_id: str, run_id: str = "") -> None:
        """Drop what is kept of an incident, such as one that Temporal no longer runs.

        run_id: only if it is of this run.
        """
        c = projections.c
        dropped = delete(projections).where(c.incident_id == incident_id)
        with self._database.writing() as connection:
            gone = connection.execute(dropped.where(c.run_id == run_id) if run_id else dropped)
            if gone.rowcount:
                connection.execute(
                    delete(open_incidents).where(open_incidents.c.incident_id == incident_id)
                )
                self._indexing.remove(connection, incident_id, only_open=True)


_DROP_RECORDED = tuple(
    delete(table)
    .where(table.c.incident_id == bindparam("incident_id"))
    .where(table.c.episode <= bindparam("episode"))
    for table in (projections, open_incidents)
)


def drop_recorded(connection: Connection, incident_id: str, episode: int) -> None:
    """Drop the projection of an episode that is on record now, or of an earlier one."""
    for dropped in _DROP_RECORDED:
        connection.execute(dropped, {"incident_id": incident_id, "episode": episode})


_RECORDED = select(incidents.c.incident_id, incidents.c.episode).where(
    tuple_(incidents.c.incident_id, incidents.c.episode).in_(bindparam("keys", expanding=True))
)


_KEPT = select(projections.c.incident_id, projections.c.episode).where(
    tuple_(projections.c.incident_id, projections.c.episode).in_(bindparam("keys", expanding=True))
)


def _recorded(
    connection: Connection, rows: Sequence[Projection], closed_before: datetime | None = None
) -> set[tuple[str, int]]:
    keys = [(each.incident_id, each.episode) for each in rows]
    wanted = _RECORDED.where(incidents.c.closed_at < closed_before) if closed_before else _RECORDED
    return {(row[0], row[1]) for row in connection.execute(wanted, {"keys": keys})}


def _kept(connection: Connection, keys: set[tuple[str, int]]) -> set[tuple[str, int]]:
    found = connection.execute(_KEPT, {"keys": sorted(keys)})
    return {(row.incident_id, row.episode) for row in found}


def _projection(row: Row[tuple[object, ...]]) -> Projection:
    return Projection(*(getattr(row, name) for name in _COLUMNS))
