"""Mail that is set aside: kept with its bytes and its reason, until somebody opens it or it is old.

Everything is bounded for each kind of mail by itself, so that a flood of bounces pushes nobody's
mail out. What is dropped to make room is logged.
"""

import json
import logging
import zlib
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, func, select, update

from standfast.incidents.ids import mail_id
from standfast.incidents.mail_set_aside import LONGEST_LIST, MailSetAside
from standfast.records.database import Database
from standfast.records.tables import mails_set_aside as aside

_log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=30)
MOST_OF_A_KIND = 500
MOST_BYTES_OF_A_KIND = 50_000_000
"""Mail of each kind that is kept: how long, how much of it, and the compressed bytes of it all.

Without room, the bytes of the oldest go first, and then the oldest lines. The latest message is
always kept whole.
"""

_LONGEST_LINE = 1_000

_LINE = tuple(column for column in aside.c if column.name not in ("raw", "envelope", "stored"))


class MailToSetAside(NamedTuple):
    """A message to keep. `incident_id` is empty where it is about none.

    envelope: sender and recipients of the SMTP envelope; None without one.
    """

    fingerprint: str
    kind: str
    sender: str
    subject: str
    reason: str
    raw: bytes
    incident_id: str = ""
    envelope: tuple[str, tuple[str, ...]] | None = None


class KeptMail(NamedTuple):
    """A message with its bytes; `raw` is None once they were dropped."""

    line: MailSetAside
    raw: bytes | None
    envelope: tuple[str, tuple[str, ...]] | None


class MailsSetAside:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, mail: MailToSetAside) -> str:
        """Keep a message; its id, the same when the message comes again."""
        identity = mail_id(mail.fingerprint)
        packed = zlib.compress(mail.raw, 6)
        envelope = json.dumps(mail.envelope) if mail.envelope else ""
        with self._database.writing() as connection:
            now = self._database.now(connection)
            line = {
                "id": identity,
                "kind": mail.kind,
                "at": now,
                "sender": mail.sender[:_LONGEST_LINE],
                "subject": mail.subject[:_LONGEST_LINE],
                "reason": mail.reason[:_LONGEST_LINE],
                "incident_id": mail.incident_id,
                "size": len(mail.raw),
                "stored": len(packed),
                "envelope": envelope,
                "raw": packed,
                "opened_by": "",
            }
            insert = (
                self._database.insert(aside)
                .on_conflict_do_nothing()
                .execution_options(preserve_rowcount=True)
            )
            if connection.execute(insert, line).rowcount:
                self._make_room(connection, mail.kind, identity, now)
        return identity

    def latest(self, most: int = LONGEST_LIST, kind: str = "") -> list[MailSetAside]:
        """The latest, newest first, of one kind or of all."""
        wanted = select(*_LINE).order_by(aside.c.at.desc(), aside.c.id).limit(most)
        if kind:
            wanted = wanted.where(aside.c.kind == kind)
        with self._database.reading() as connection:
            return [_line(row) for row in connection.execute(wanted)]

    def counts(self) -> dict[str, int]:
        """How many are kept, by kind."""
        wanted = select(aside.c.kind, func.count().label("many")).group_by(aside.c.kind)
        with self._database.reading() as connection:
            return {row.kind: row.many for row in connection.execute(wanted)}

    def get(self, identity: str) -> KeptMail | None:
        """A message with its bytes; None where there is none of that id."""
        with self._database.reading() as connection:
            row = connection.execute(select(aside).where(aside.c.id == identity)).first()
        if row is None:
            return None
        sender, recipients = json.loads(row.envelope) if row.envelope else ("", ())
        envelope = (sender, tuple(recipients)) if row.envelope else None
        raw = None if row.raw is None else zlib.decompress(row.raw)
        return KeptMail(_line(row), raw, envelope)

    def note_opened(self, identity: str, by: str, incident_id: str) -> None:
        """Note who opened it, and as which incident; who did it first stays."""
        opened = (
            update(aside)
            .where(aside.c.id == identity, aside.c.opened_at.is_(None))
            .values(opened_by=by[:_LONGEST_LINE], incident_id=incident_id)
        )
        with self._database.writing() as connection:
            now = self._database.now(connection)
            connection.execute(opened.values(opened_at=now))

    def _make_room(self, connection: Connection, kind: str, latest: str, now: datetime) -> None:
        connection.execute(delete(aside).where(aside.c.at < now - KEPT_FOR))
        newest_first = (
            select(aside.c.id, aside.c.stored)
            .where(aside.c.kind == kind)
            .order_by(aside.c.at.desc(), aside.c.id)
        )
        emptied, removed, bytes_so_far = [], [], 0
        for number, (identity, stored) in enumerate(connection.execute(newest_first)):
            bytes_so_far += stored
            if identity == latest:
                continue
            if number >= MOST_OF_A_KIND:
                removed.append(identity)
            elif stored and bytes_so_far > MOST_BYTES_OF_A_KIND:
                emptied.append(identity)
        if removed:
            connection.execute(delete(aside).where(aside.c.id.in_(removed)))
            _log.warning(
                "%d mails of the kind %s that were set aside were dropped: %d are kept",
                *(len(removed), kind, MOST_OF_A_KIND),
            )
        if emptied:
            without = update(aside).where(aside.c.id.in_(emptied)).values(raw=None, stored=0)
            connection.execute(without)
            _log.warning(
                "the content of %d mails of the kind %s that were set aside was dropped: %d MB are "
                "kept",
                *(len(emptied), kind, MOST_BYTES_OF_A_KIND // 1_000_000),
            )


def _line(row: Row[Any]) -> MailSetAside:
    return MailSetAside(**{name: row._mapping[name] for name in MailSetAside.model_fields})
