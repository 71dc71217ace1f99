"""Remediations: who may act on which target, and the journal of what each one has done.

Admission and every line of the journal are one transaction each, so that two workers never both
hold a target, and what a dead worker was about to do can be read by the next.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select, update

from standfast.decisions.guards import HOUR, PastRun
from standfast.incidents.resolution import RemediationOutcome, StepResult
from standfast.records.database import Database
from standfast.records.remediation import (
    AlreadyFinished,
    Denied,
    Fenced,
    Granted,
    Guarded,
    JournalLine,
    RunRequest,
    StepState,
    TargetBusy,
)
from standfast.records.tables import remediation_steps as steps
from standfast.records.tables import remediations as runs

GIVEN_UP_AFTER = timedelta(hours=1)
"""After a lease has been over for so long nobody goes on with its run, and its target is free."""

_ADMISSION = 0x4775617264
"""PostgreSQL's advisory lock for admissions: the guards count over all targets ("Guard")."""


class Remediations:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def take_over(
        self, key: str, lease: timedelta, unrenewed: datetime | None = None
    ) -> Granted | TargetBusy | AlreadyFinished | None:
        """Go on with a remediation that was admitted before; None when it never was.

        unrenewed: the end of a lease that has stayed the same for as long as one lasts. Whoever has
            that has died, whatever the clocks say: one may have been ahead when it was given.
        """
        with self._database.writing() as connection:
            return self._take_over(connection, key, lease, unrenewed)

    def admit(
        self, wanted: RunRequest, guarded: Guarded, remember: timedelta, lease: timedelta
    ) -> Granted | Denied | TargetBusy | AlreadyFinished:
        """Admit a remediation, unless the guards refuse it, or go on with it.

        remember: how far back runs on the same target matter.
        """
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, _ADMISSION)
            known = self._take_over(connection, wanted.key, lease)
            if known is not None:
                return known
            now = self._database.now(connection)
            _give_up_the_dead(connection, now)
            reason = guarded(_past(connection, wanted.target, remember, now), now)
            if reason is not None:
                return Denied(reason)
            line = {
                "key": wanted.key,
                "incident_id": wanted.incident_id,
                "runbook": wanted.runbook,
                "target": wanted.target,
                "plan": wanted.plan,
                "fence": 1,
                "lease_until": now + lease,
                "started_at": now,
            }
            connection.execute(runs.insert().values(line))
            return Granted(key=wanted.key, fence=1, target=wanted.target, plan=wanted.plan)

    def renew(self, run: Granted, lease: timedelta) -> None:
        """Hold the target for so long from now on. Raises Overtaken."""
        with self._database.writing() as connection:
            self._mine(connection, run, lease_until=self._database.now(connection) + lease)

    def intend(self, run: Granted, number: int, *, undoing: bool) -> None:
        """A step, or its undoing, is about to begin. Raises Overtaken."""
        self._write(run, JournalLine(number, undoing, StepState.INTENDED))

    def ended(self, run: Granted, line: JournalLine) -> None:
        """How it ended. Raises Overtaken."""
        self._write(run, line)

    def begin_undoing(self, run: Granted, because: str) -> None:
        """From now on no step runs any more; the started ones are undone. Raises Overtaken."""
        with self._database.writing() as connection:
            self._mine(connection, run, undoing_because=because)

    def finish(self, run: Granted, outcome: RemediationOutcome, result: str) -> None:
        """It has ended: the target is free. Raises Overtaken."""
        with self._database.writing() as connection:
            now = self._database.now(connection)
            self._mine(
                connection, run, ended_at=now, lease_until=now, outcome=outcome, result=result
            )

    def release(self, run: Granted) -> None:
        """This attempt does nothing any more; the next one need not wait. Raises Overtaken."""
        with self._database.writing() as connection:
            self._mine(connection, run, lease_until=self._database.now(connection))

    def history(self) -> list[PastRun]:
        """Every remediation on record, the oldest first."""
        with self._database.reading() as connection:
            return [
                _past_run(row)
                for row in connection.execute(select(runs).order_by(runs.c.started_at))
            ]

    def _take_over(
        self,
        connection: Connection,
        key: str,
        lease: timedelta,
        unrenewed: datetime | None = None,
    ) -> Granted | TargetBusy | AlreadyFinished | None:
        row = connection.execute(select(runs).where(runs.c.key == key).with_for_update()).first()
        if row is None:
            return None
        lines = _lines(connection, key)
        if row.ended_at is not None:
            return AlreadyFinished(row.result, lines)
        now = self._database.now(connection)
        if row.lease_until > now and row.lease_until != unrenewed:
            return TargetBusy(min(row.lease_until - now, lease), row.lease_until)
        connection.execute(
            update(runs)
            .where(runs.c.key == key)
            .values(fence=row.fence + 1, lease_until=now + lease)
        )
        return Granted(
            key=key,
            fence=row.fence + 1,
            target=row.target,
            plan=row.plan,
            lines=lines,
            undoing_because=row.undoing_because,
        )

    def _write(self, run: Granted, line: JournalLine) -> None:
        values = {
            "state": line.state,
            "words": line.words,
            "result": line.result.model_dump_json() if line.result else None,
        }
        with self._database.writing() as connection:
            self._mine(connection, run)
            insert = self._database.insert(steps).values(
                key=run.key,
                number=line.number,
                undoing=line.undoing,
                at=self._database.now(connection),
                **values,
            )
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=("key", "number", "undoing"), set_=values
                )
            )

    def _mine(self, connection: Connection, run: Granted, **changes: Any) -> None:
        """Change its row, if it is still this attempt's; else Overtaken."""
        changed = connection.execute(
            update(runs)
            .where(
                and_(runs.c.key == run.key, runs.c.fence == run.fence, runs.c.ended_at.is_(None))
            )
            .values(changes or {"fence": run.fence})
        )
        if changed.rowcount != 1:
            raise Fenced(f"{run.key}: attempt {run.fence} has been overtaken")


def _give_up_the_dead(connection: Connection, now: datetime) -> None:
    """End runs that nobody goes on with: their workflow was terminated, or lost all attempts."""
    connection.execute(
        update(runs)
        .where(and_(runs.c.ended_at.is_(None), runs.c.lease_until < now - GIVEN_UP_AFTER))
        .values(ended_at=runs.c.lease_until, outcome=RemediationOutcome.UNKNOWN)
    )


def _past(connection: Connection, target: str, remember: timedelta, now: datetime) -> list[PastRun]:
    """What the guards look at: runs not ended, those of the last hour, and this target's lately."""
    rows = connection.execute(
        select(runs).where(
            or_(
                runs.c.ended_at.is_(None),
                runs.c.started_at > now - HOUR,
                and_(runs.c.target == target, runs.c.ended_at > now - remember),
            )
        )
    )
    return [_past_run(row) for row in rows]


def _past_run(row: Row[Any]) -> PastRun:
    return PastRun(
        key=row.key,
        incident_id=row.incident_id,
        runbook=row.runbook,
        target=row.target,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
    )


def _lines(connection: Connection, key: str) -> tuple[JournalLine, ...]:
    """The journal in the order in which it was written: steps, then their undoing backwards."""
    rows = connection.execute(select(steps).where(steps.c.key == key)).all()
    lines = [
        JournalLine(
            row.number,
            row.undoing,
            StepState(row.state),
            row.words,
            StepResult.model_validate_json(row.result) if row.result else None,
        )
        for row in rows
    ]
    return tuple(
        sorted(
            lines, key=lambda line: (line.undoing, -line.number if line.undoing else line.number)
        )
    )
