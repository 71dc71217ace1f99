"""Repeats of reports, counted durably before they are answered, and how far Temporal knows of them.

A row an incident: `total` only grows, and with it the count that the incident is told, so that
telling it twice, or by several processes at once, changes nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, select, update

from incidents.report import Report
from records.database import Database
from records.tables import repeats


class Counted(NamedTuple):
    """So many more of one incident's repeats; `report` is the latest of them.

    anew: begin another counter with what the incident has not heard, since nobody knows what it
    has heard of this one.
    """

    incident_id: str
    times: int
    report: Report
    anew: bool = False


class CountLine(NamedTuple):
    """The count of one incident's repeats: `total` so far, of which the incident knows `told`."""

    incident_id: str
    counter: str
    total: int
    told: int
    report: Report

    @property
    def untold(self) -> int:
        """How many the incident has yet to hear of."""
        return self.total - self.told


class RepeatCounts:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(
        self, counted: Sequence[Counted], told: Mapping[tuple[str, str], int] | None = None
    ) -> dict[str, CountLine]:
        """Add to the counts, all of them in one transaction; the lines of these incidents after.

        No incident may be in `counted` twice. told: by incident and counter, up to which total the
        incident has heard of it.
        """
        with self._database.writing() as connection:
            now = self._database.now(connection)
            # In one order everywhere, so that no two processes wait for each other's rows.
            for (incident_id, counter), total in sorted((told or {}).items()):
                connection.execute(
                    update(repeats)
                    .where(repeats.c.incident_id == incident_id, repeats.c.counter == counter)
                    .where(repeats.c.told < total)
                    .values(told=total)
                )
            return {
                each.incident_id: self._add(connection, each, now)
                for each in sorted(counted, key=lambda each: each.incident_id)
            }

    def line(self, incident_id: str) -> CountLine | None:
        """The count of one incident; None when nothing has been counted."""
        wanted = select(repeats).where(repeats.c.incident_id == incident_id)
        with self._database.reading() as connection:
            row = connection.execute(wanted).first()
        return _line(row) if row else None

    def untold(self, before: datetime | None = None, limit: int = 10_000) -> list[CountLine]:
        """Counts that their incidents do not know whole, the oldest first.

        before: only those whose latest repeat came before then.
        """
        wanted = select(repeats).where(repeats.c.total > repeats.c.told)
        if before:
            wanted = wanted.where(repeats.c.changed_at < before)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(repeats.c.changed_at).limit(limit)).all()
        return [_line(row) for row in rows]

    def forget(self, before: datetime) -> int:
        """Drop counts that are told whole and have not grown since then; how many those were."""
        old = delete(repeats).where(
            repeats.c.changed_at < before, repeats.c.total <= repeats.c.told
        )
        with self._database.writing() as connection:
            return connection.execute(old).rowcount

    def _add(self, connection: Connection, counted: Counted, now: datetime) -> CountLine:
        c = repeats.c
        new = {
            "incident_id": counted.incident_id,
            "counter": uuid4().hex,
            "total": counted.times,
            "told": 0,
            "report": counted.report.model_dump_json(),
            "changed_at": now,
        }
        insert = self._database.insert(repeats).values(new)
        changes: dict[str, Any] = {
            "total": c.total + insert.excluded.total,
            "report": insert.excluded.report,
            "changed_at": insert.excluded.changed_at,
        }
        if counted.anew:
            changes |= {
                "counter": insert.excluded.counter,
                "total": c.total - c.told + insert.excluded.total,
                "told": 0,
            }
        added = insert.on_conflict_do_update(index_elements=[c.incident_id], set_=changes)
        row = connection.execute(added.returning(c.counter, c.total, c.told)).one()
        return CountLine(counted.incident_id, row.counter, row.total, row.told, counted.report)


def _line(row: Row[Any]) -> CountLine:
    report = Report.model_validate_json(row.report)
    return CountLine(row.incident_id, row.counter, row.total, row.told, report)
