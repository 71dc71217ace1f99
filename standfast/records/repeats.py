"""Repeats of reports, counted durably before they are answered, and how far Temporal knows of them.

A row an incident: `total` only grows, and with it the count that the incident is told, so that
telling it twice, or by several processes at once, changes nothing. Beside it stand the repeats that
say more than the incident knows, until it was told.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Delete, Row, Select, delete, select, update

from standfast.incidents.report import Report
from standfast.records.database import Database
from standfast.records.tables import repeats, worse_repeats


class WorseRepeat(NamedTuple):
    """A repeat that says more than its incident knows; `words` is the fingerprint of its text."""

    words: str
    report: Report

    @property
    def users(self) -> int:
        """How many it names."""
        return self.report.users_affected


class Counted(NamedTuple):
    """So many more of one incident's repeats; `report` is the latest of them.

    anew: begin another counter with what the incident has not heard, since nobody knows what it
    has heard of this one. worse: those among them that say more than it knows.
    """

    incident_id: str
    times: int
    report: Report
    anew: bool = False
    worse: tuple[WorseRepeat, ...] = ()


class CountLine(NamedTuple):
    """The count of one incident's repeats: `total` so far, of which the incident knows `told`.

    worse: repeats that it is to be told of besides; after counting, only those of that moment.
    """

    incident_id: str
    counter: str
    total: int
    told: int
    report: Report
    worse: tuple[WorseRepeat, ...] = ()

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
        self,
        counted: Sequence[Counted],
        told: Mapping[tuple[str, str], int] | None = None,
        told_worse: Collection[tuple[str, str, int]] = (),
    ) -> dict[str, CountLine]:
        """Add to the counts, all of them in one transaction; the lines of these incidents after.

        No incident may be in `counted` twice. told: by incident and counter, up to which total the
        incident has heard of it. told_worse: by incident and words, up to how many users.
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
            lines = {
                each.incident_id: self._add(connection, each, now)
                for each in sorted(counted, key=lambda each: each.incident_id)
            }
            heard = {(incident_id, words): users for incident_id, words, users in told_worse}
            new = {(each.incident_id, one.words): one for each in counted for one in each.worse}
            for incident_id, words in sorted(heard.keys() | new.keys()):
                users = heard.get((incident_id, words), -1)
                connection.execute(_of(incident_id, words).where(worse_repeats.c.users <= users))
                if worse := new.get((incident_id, words)):
                    self._add_worse(connection, incident_id, worse, now)
            return lines

    def line(self, incident_id: str) -> CountLine | None:
        """The count of one incident; None when nothing has been counted."""
        wanted = select(repeats).where(repeats.c.incident_id == incident_id)
        with self._database.reading() as connection:
            return next(iter(_lines(connection, wanted)), None)

    def untold(self, before: datetime | None = None, limit: int = 10_000) -> list[CountLine]:
        """Counts that their incidents do not know whole, the oldest first.

        before: only those whose latest repeat came before then.
        """
        waiting = select(worse_repeats.c.incident_id)
        unknown: ColumnElement[bool] = (repeats.c.total > repeats.c.told) | (
            repeats.c.incident_id.in_(waiting)
        )
        wanted = select(repeats).where(unknown)
        if before:
            wanted = wanted.where(repeats.c.changed_at < before)
        with self._database.reading() as connection:
            return _lines(connection, wanted.order_by(repeats.c.changed_at).limit(limit))

    def forget(self, before: datetime) -> int:
        """Drop counts that are told whole and have not grown since then; how many those were."""
        waiting = select(worse_repeats.c.incident_id)
        old = delete(repeats).where(
            repeats.c.changed_at < before,
            repeats.c.total <= repeats.c.told,
            repeats.c.incident_id.not_in(waiting),
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
        return CountLine(
            counted.incident_id, row.counter, row.total, row.told, counted.report, counted.worse
        )

    def _add_worse(
        self, connection: Connection, incident_id: str, worse: WorseRepeat, now: datetime
    ) -> None:
        c = worse_repeats.c
        insert = self._database.insert(worse_repeats).values(
            incident_id=incident_id,
            words=worse.words,
            users=worse.users,
            report=worse.report.model_dump_json(),
            at=now,
        )
        connection.execute(
            insert.on_conflict_do_update(
                index_elements=[c.incident_id, c.words],
                set_={name: insert.excluded[name] for name in ("users", "report", "at")},
                where=c.users < insert.excluded.users,
            )
        )


def _of(incident_id: str, words: str) -> Delete:
    c = worse_repeats.c
    return delete(worse_repeats).where(c.incident_id == incident_id, c.words == words)


def _lines(connection: Connection, wanted: Select[Any]) -> list[CountLine]:
    rows = connection.execute(wanted).all()
    ids = wanted.with_only_columns(repeats.c.incident_id)
    of_these = select(worse_repeats).where(worse_repeats.c.incident_id.in_(ids))
    waiting: dict[str, list[WorseRepeat]] = {}
    for row in connection.execute(of_these.order_by(worse_repeats.c.at)).all():
        worse = WorseRepeat(row.words, Report.model_validate_json(row.report))
        waiting.setdefault(row.incident_id, []).append(worse)
    return [_line(row, tuple(waiting.get(row.incident_id, ()))) for row in rows]


def _line(row: Row[Any], worse: tuple[WorseRepeat, ...]) -> CountLine:
    report = Report.model_validate_json(row.report)
    return CountLine(row.incident_id, row.counter, row.total, row.told, report, worse)
