"""How runs are admitted, and the past that they find."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from standfast.decisions.guards import PastRun, held_back
from standfast.incidents.resolution import RemediationOutcome
from standfast.policy.guards import Guards
from standfast.records.database import Database
from standfast.records.remediation import AlreadyFinished, Denied, Granted, RunRequest, TargetBusy
from standfast.records.remediations import Remediations
from standfast.records.tables import remediation_steps, remediations

KEY, OTHER_KEY = "INC-AAAAAAAAAA:1:runbook:1", "INC-BBBBBBBBBB:1:runbook:1"
HERE, ELSEWHERE = "service:shop", "service:wiki"
LEASE, SECOND, DAY = timedelta(minutes=1), timedelta(seconds=1), timedelta(days=1)
SUCCEEDED, FAILED = RemediationOutcome.SUCCEEDED, RemediationOutcome.FAILED


def wanted(key: str = KEY, target: str = HERE) -> RunRequest:
    return RunRequest(
        key=key, incident_id=key[:14], runbook="restart", target=target, plan='{"title": "…"}'
    )


def guarded(target: str = HERE, **says: Any) -> Callable[[Sequence[PastRun], datetime], str | None]:
    """What the guards of a policy answer; by default only targets are guarded."""
    policy = Guards(**({"cooldown": None, "per_target_and_hour": 100} | says))
    return lambda past, now: held_back(policy, runbook="restart", target=target, past=past, now=now)


def admit(
    of: Remediations, key: str = KEY, target: str = HERE, **says: Any
) -> Granted | Denied | TargetBusy | AlreadyFinished:
    return of.admit(wanted(key, target), guarded(target, **says), 4 * DAY, LEASE)


def admitted(of: Remediations, key: str = KEY, target: str = HERE, **says: Any) -> Granted:
    run = admit(of, key, target, **says)
    assert isinstance(run, Granted)
    return run


def taken_over(of: Remediations, key: str = KEY) -> Granted:
    run = of.take_over(key, LEASE)
    assert isinstance(run, Granted)
    return run


class Hindsight:
    """Writes the database's past, as if time had gone by."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)

    def rows(self) -> tuple[int, int]:
        """How many remediations and how many lines of the journal there are."""
        with self.database.reading() as connection:
            return self._count(connection, remediations), self._count(connection, remediation_steps)

    def lease_ended(self, ago: timedelta, key: str = KEY) -> datetime:
        """The lease of a run was over so long ago; says when that was."""
        with self.database.writing() as connection:
            then = self.database.now(connection) - ago
            self._write(connection, key, lease_until=then)
        return then

    def happened(self, key: str, **columns: Any) -> None:
        with self.database.writing() as connection:
            self._write(connection, key, **columns)

    def _write(self, connection: Connection, key: str, **columns: Any) -> None:
        connection.execute(update(remediations).where(remediations.c.key == key).values(columns))

    def _count(self, connection: Connection, table: Any) -> int:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def at_once(work: Sequence[Callable[[], Any]]) -> list[Any]:
    together = threading.Barrier(len(work))

    def one_of_them(task: Callable[[], Any]) -> Any:
        together.wait()
        return task()

    with ThreadPoolExecutor(len(work)) as threads:
        return list(threads.map(one_of_them, work))
