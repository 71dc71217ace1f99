"""Findings that the watchdogs of all workers share: who tells the operators of them, and when.

Each worker says what it sees; which of it is to be told is asked in one transaction, so that one
worker tells it. What a dead worker was about to tell is told by another when its lease is over.
"""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Row, delete, select, update

from standfast.incidents.finding import Finding, FindingKind, OperatorNotice
from standfast.records.database import Database
from standfast.records.lease import is_held
from standfast.records.tables import findings

_ONE_AT_A_TIME = 0x46696E64
"""PostgreSQL's advisory lock for questions about what to tell ("Find" in ASCII)."""

_AT_ONCE = 500
"""Rows in one statement: databases take so many parameters and not many more."""


class NoticeLimits(NamedTuple):
    """When the operators are told.

    again_after: what was told and is still so is told again.
    at_most_every: new findings wait until the last message is so old.
    settled_after: a finding is over when it was not seen for so long.
    lease: how long one worker has to tell it.
    """

    again_after: timedelta = timedelta(hours=1)
    at_most_every: timedelta = timedelta(minutes=5)
    settled_after: timedelta = timedelta(seconds=30)
    lease: timedelta = timedelta(minutes=5)


class Findings:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def seen(self, kinds: Collection[FindingKind], found: Iterable[Finding]) -> None:
        """What a look at these kinds found: what is kept of them and was not found is gone.

        Costs one read while nothing changes.
        """
        now_there = {finding.key: finding for finding in found}
        if not self._differs(kinds, now_there):
            return
        with self._database.writing() as connection:
            now = self._database.now(connection)
            kept = {row.key: row for row in _of(connection, kinds)}
            for key, finding in now_there.items():
                document = finding.model_dump_json()
                line = {
                    "key": key,
                    "kind": finding.kind,
                    "document": document,
                    "found_at": now,
                }
                there_again = {"document": document, "gone_at": None}
                connection.execute(
                    self._database.insert(findings)
                    .values(line)
                    .on_conflict_do_update(index_elements=["key"], set_=there_again)
                )
            gone = [row for key, row in kept.items() if key not in now_there]
            untold = [row.key for row in gone if row.told_at is None and row.claim is None]
            told = [row.key for row in gone if row.key not in untold and row.gone_at is None]
            for keys in _parts(untold):
                connection.execute(delete(findings).where(findings.c.key.in_(keys)))
            for keys in _parts(told):
                connection.execute(
                    update(findings).where(findings.c.key.in_(keys)).values(gone_at=now)
                )

    def claim(self, pace: NoticeLimits) -> OperatorNotice | None:
        """What is to be told now, by this caller alone until the lease is over."""
        with self._database.reading() as connection:
            if _due(_all(connection), self._database.now(connection), pace) is None:
                return None
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, _ONE_AT_A_TIME)
            now = self._database.now(connection)
            notice = _due(_all(connection), now, pace)
            if notice is None:
                return None
            mine = [each.key for each in (*notice.new, *notice.again, *notice.over)]
            for keys in _parts(mine):
                connection.execute(
                    update(findings)
                    .where(findings.c.key.in_(keys))
                    .values(claim=notice.key, lease_until=now + pace.lease)
                )
        return notice

    def told(self, notice: OperatorNotice) -> None:
        """It was told: what is over is forgotten."""
        mine = findings.c.claim == notice.key
        over = [finding.key for finding in notice.over]
        with self._database.writing() as connection:
            for keys in _parts(over):
                connection.execute(
                    delete(findings)
                    .where(mine, findings.c.key.in_(keys))
                    .where(findings.c.gone_at.is_not(None))
                )
            connection.execute(
                update(findings)
                .where(mine)
                .values(told_at=self._database.now(connection), claim=None, lease_until=None)
            )

    def not_told(self, notice: OperatorNotice) -> None:
        """Nobody could be told: at the next question it is to be told again."""
        with self._database.writing() as connection:
            connection.execute(
                update(findings)
                .where(findings.c.claim == notice.key)
                .values(claim=None, lease_until=None)
            )

    def _differs(self, kinds: Collection[FindingKind], there: dict[str, Finding]) -> bool:
        with self._database.reading() as connection:
            kept = {row.key: row for row in _of(connection, kinds)}
        back = any(
            key not in kept
            or kept[key].gone_at is not None
            or kept[key].document != finding.model_dump_json()
            for key, finding in there.items()
        )
        return back or any(key not in there and row.gone_at is None for key, row in kept.items())


def _of(connection: Connection, kinds: Collection[FindingKind]) -> list[Row[tuple[object, ...]]]:
    wanted = select(findings).where(findings.c.kind.in_([str(kind) for kind in kinds]))
    return list(connection.execute(wanted))


def _all(connection: Connection) -> list[Row[tuple[object, ...]]]:
    return list(connection.execute(select(findings).order_by(findings.c.found_at, findings.c.key)))


def _due(
    lines: list[Row[tuple[object, ...]]], now: datetime, pace: NoticeLimits
) -> OperatorNotice | None:
    """What of these lines is to be told now."""
    free = [
        line
        for line in lines
        if line.claim is None or not is_held(line.lease_until, now, pace.lease)
    ]
    there = {line.kind for line in lines if line.gone_at is None}
    last = max((line.told_at for line in lines if line.told_at), default=None)
    may_tell_new = last is None or last <= now - pace.at_most_every
    new, again, over = [], [], []
    for line in free:
        if line.gone_at is None and line.told_at is None:
            new += [line] if may_tell_new else []
        elif line.gone_at is None:
            again += [line] if line.told_at <= now - pace.again_after else []
        elif line.kind not in there and line.gone_at <= now - pace.settled_after:
            # One all-clear for all of a kind, not one for each while the others remain.
            over.append(line)
    due = [*new, *again, *over]
    if not due:
        return None
    text = "\0".join(f"{line.document}{line.told_at}{line.gone_at}" for line in due)
    return OperatorNotice(
        key=f"watchdog:{hashlib.sha256(text.encode()).hexdigest()[:20]}",
        new=tuple(map(_finding, new)),
        again=tuple(map(_finding, again)),
        over=tuple(map(_finding, over)),
    )


def _finding(line: Row[tuple[object, ...]]) -> Finding:
    return Finding.model_validate_json(line.document)


def _parts(keys: list[str]) -> Iterable[list[str]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))
