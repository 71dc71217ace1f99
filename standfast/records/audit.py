"""The audit log: who came in, who was refused, who made keys, whose name somebody acted in.

Entries are only ever added. Each holds the digest of the one before it, so whoever changes, removes
or inserts one must forge all that follow; whoever keeps the last digest elsewhere sees that too.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self

from sqlalchemy import Connection, Row, delete, func, select

from standfast.messages.clean_text import one_line
from standfast.messages.message import InUtc, Message
from standfast.records.database import Database
from standfast.records.tables import audit

_ONE_AT_A_TIME = 7_304_115
"""PostgreSQL's advisory lock: entries are added one after the other, of all processes."""

_LONGEST = 500
"""Characters of each text; what senders choose is cut."""

_AT_ONCE = 1_000
"""Entries that are read in one go."""


class AuditKind(StrEnum):
    """What happened."""

    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    SESSION_ENDED = "session_ended"
    DEVICE_ADDED = "device_added"
    DEVICE_ENDED = "device_ended"
    REFUSED = "refused"
    TOKEN_CREATED = "token_created"  # noqa: S105 - a kind, not a secret
    TOKEN_ROTATED = "token_rotated"  # noqa: S105
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    NAME_BOUND = "name_bound"
    NAME_RELEASED = "name_released"
    CHANNEL_ADDED = "channel_added"
    CHANNEL_VERIFIED = "channel_verified"
    CHANNEL_REMOVED = "channel_removed"
    PAGING_RULES_SET = "paging_rules_set"
    ACTED_FOR = "acted_for"
    ACTED_ON_SEVERAL = "acted_on_several"
    ADDED_TO_RECORD = "added_to_record"
    BREAK_GLASS = "break_glass"
    TEMPORAL_CHANGED = "temporal_changed"
    POLICY_TAKEN = "policy_taken"
    EXPORTED = "exported"
    BACKED_UP = "backed_up"
    RESTORED = "restored"
    CHANNEL_TESTED = "channel_tested"
    ERASED = "erased"
    PRUNED = "pruned"
    ARTICLE_PUBLISHED = "article_published"
    ARTICLE_RETIRED = "article_retired"
    REVIEW_CHANGED = "review_changed"
    PROBLEM_CHANGED = "problem_changed"
    VIEW_SHARED = "view_shared"
    VIEW_REMOVED = "view_removed"


class AuditEvent(NamedTuple):
    """An event to be recorded.

    by: who did it, as far as it is known.
    behalf: in whose name, where that is somebody else's.
    origin: from where: an address, or the machine and the user of a command.
    subject: what it was done to: an incident, a token, a path.
    times: how many alike this entry stands for.
    """

    kind: AuditKind
    by: str = ""
    behalf: str = ""
    origin: str = ""
    subject: str = ""
    detail: str = ""
    times: int = 1

    def acted_by(self, by: str, name: str) -> Self:
        """The event, done by somebody in a name that may be another's."""
        return self._replace(by=by, behalf="" if name == by else name)


class AuditEntry(Message):
    """An entry of the log; `previous` and `digest` are SHA-256 in hexadecimal."""

    number: int
    at: InUtc
    kind: str
    by: str
    behalf: str
    origin: str
    subject: str
    detail: str
    times: int
    previous: str
    digest: str

    def expected_digest(self) -> str:
        """The digest that it must have: of all its other fields, as JSON in their order."""
        return _digest(self.model_dump(mode="json", exclude={"digest"}))


class Verification(NamedTuple):
    """Whether a log is as it was written.

    wrong: the first entry that is not, in words; empty where all are.
    """

    entries: int
    last: AuditEntry | None
    wrong: str = ""


class Audit:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, *events: AuditEvent) -> None:
        """Add an entry for each event."""
        with self._database.writing() as connection:
            self._add(connection, events)

    def add(self, connection: Connection, event: AuditEvent) -> None:
        """Add an entry in the transaction that does what it tells of."""
        self._add(connection, [event])

    def record_if_new(self, event: AuditEvent) -> bool:
        """Add an entry unless the last one of its kind has the same subject; whether it did."""
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, _ONE_AT_A_TIME)
            last = (
                select(audit.c.subject)
                .where(audit.c.kind == event.kind.value)
                .order_by(audit.c.number.desc())
                .limit(1)
            )
            if connection.execute(last).scalar() == _shortened(event.subject):
                return False
            self._add(connection, [event])
            return True

    def newest(
        self,
        limit: int,
        *,
        kind: AuditKind | None = None,
        by: str = "",
        since: datetime | None = None,
    ) -> list[AuditEntry]:
        """The newest entries, the newest first. by: who did it, or in whose name."""
        wanted = select(audit).order_by(audit.c.number.desc()).limit(limit)
        if kind:
            wanted = wanted.where(audit.c.kind == kind.value)
        if by:
            wanted = wanted.where((audit.c.by == by) | (audit.c.behalf == by))
        if since:
            wanted = wanted.where(audit.c.at >= since)
        with self._database.reading() as connection:
            return [_entry(row) for row in connection.execute(wanted)]

    def all(self) -> Iterator[AuditEntry]:
        """Every entry, the oldest first."""
        after = -1
        while True:
            wanted = select(audit).where(audit.c.number > after).order_by(audit.c.number)
            with self._database.reading() as connection:
                rows = connection.execute(wanted.limit(_AT_ONCE)).all()
            for row in rows:
                yield _entry(row)
            if len(rows) < _AT_ONCE:
                return
            after = rows[-1].number

    def verify(self) -> Verification:
        """Check every entry."""
        return verified(self.all())

    def forget(self, before: datetime) -> int:
        """Drop the oldest entries, up to that moment, and say so in a new one; how many."""
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, _ONE_AT_A_TIME)
            kept = select(func.min(audit.c.number)).where(audit.c.at >= before)
            first = connection.execute(kept).scalar()
            wanted = select(audit).order_by(audit.c.number.desc()).limit(1)
            if first is not None:
                wanted = wanted.where(audit.c.number < first)
            last = connection.execute(wanted).first()
            if last is None or last.kind == AuditKind.PRUNED.value:
                return 0
            gone = connection.execute(delete(audit).where(audit.c.number <= last.number)).rowcount
            detail = f"{gone} entries from before {before.astimezone(UTC):%Y-%m-%d}"
            pruned = AuditEvent(AuditKind.PRUNED, subject=last.digest, detail=detail)
            self._add(connection, [pruned], after=last if first is None else None)
            return gone

    def _add(
        self, connection: Connection, events: Iterable[AuditEvent], after: Row[Any] | None = None
    ) -> None:
        self._database.one_at_a_time(connection, _ONE_AT_A_TIME)
        newest = select(audit).order_by(audit.c.number.desc()).limit(1)
        last = after or connection.execute(newest).first()
        number, previous = (last.number, last.digest) if last else (0, "")
        now = self._database.now(connection)
        for event in events:
            number += 1
            texts = {name: _shortened(getattr(event, name)) for name in _TEXTS}
            fields = {"number": number, "at": now, "kind": event.kind.value, **texts}
            entry = AuditEntry(**fields, times=event.times, previous=previous, digest="")
            previous = entry.expected_digest()
            row = {**entry.model_dump(), "digest": previous}
            connection.execute(audit.insert(), row)


_TEXTS = ("by", "behalf", "origin", "subject", "detail")


def verified(entries: Iterable[AuditEntry]) -> Verification:
    """Check entries of a whole log, the oldest first.

    The oldest may follow one that was dropped by age: a later entry tells of that one then.
    """
    count, last, begins_after = 0, None, ""
    pruned = set()
    for entry in entries:
        if entry.digest != entry.expected_digest():
            return Verification(count, last, f"entry {entry.number} is not as it was written")
        if last is None:
            begins_after = entry.previous
        elif entry.previous != last.digest or entry.number != last.number + 1:
            missing = f"entries are missing between {last.number} and {entry.number}"
            same = f"entry {entry.number} does not follow entry {last.number}"
            return Verification(count, last, same if entry.number <= last.number + 1 else missing)
        if entry.kind == AuditKind.PRUNED.value:
            pruned.add(entry.subject)
        count, last = count + 1, entry
    if begins_after and begins_after not in pruned:
        return Verification(count, last, "the oldest entries are missing, and none says why")
    return Verification(count, last)


def _digest(fields: dict[str, Any]) -> str:
    written = json.dumps(fields, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _shortened(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry.model_validate(dict(row._mapping))
