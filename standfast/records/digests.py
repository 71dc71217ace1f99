"""Pages in a storm: which are held, and who may send the digest that carries them.

A page waits while the ledger says that it is held. Each question is one transaction, in which the
pages of one team to one person are asked about by one worker at a time; so two workers never both
hold a digest, and what a dead worker was about to send is sent by the next.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    select,
    update,
)

from standfast.incidents.assessment import Priority
from standfast.incidents.notification import HeldPage
from standfast.records.database import Database
from standfast.records.deliveries import DeliveryLines, known_line
from standfast.records.delivery import DeliveryState, KnownDelivery, SentThrough
from standfast.records.delivery_events import EventLines
from standfast.records.digest import Admission, Digest, Holding, PageLine
from standfast.records.lease import is_free, is_held
from standfast.records.tables import deliveries, pages

LOOK_AGAIN = timedelta(seconds=5)
"""After so long it is worth asking whether the digest that another worker sends is out."""

LONGEST_LEASE = timedelta(minutes=5)
"""Longer than any worker gets to send a digest."""

_IS_HELD = exists().where(deliveries.c.key == pages.c.key, deliveries.c.state == DeliveryState.HELD)


class Digests:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lines = DeliveryLines(database)
        self._events = EventLines(database)
        self._insert_page = database.insert(pages).on_conflict_do_nothing()

    def admit(self, page: PageLine, holding: Holding, remember: timedelta) -> Admission:
        """Note that a page is about to be sent, or is held; the latter as `holding` decides.

        remember: how far back other pages count.
        """
        with self._database.writing() as connection:
            known = self._alone_with(connection, page)
            if not _is_open(known, page):
                return Admission(known)
            now = self._database.now(connection)
            was_held = known.state is DeliveryState.HELD
            if was_held and (wait := _on_its_way(connection, page.key, now)):
                return Admission(known, wait)
            others = _others(connection, page, now - remember)
            if others.oldest and others.oldest < now - remember:
                _drop(connection, page, now - remember)
            held = holding(others.recent, others.waiting_since, now)
            self._keep(connection, page, now)
            if held is not None or was_held:
                state = DeliveryState.HELD if held is not None else DeliveryState.INTENDED
                _mark(connection, page.key, state, now)
            return Admission(known, held)

    def claim(self, page: PageLine, lease: timedelta) -> Admission | Digest:
        """Take every page that waits with this one, to send them; or what there is to do instead.

        Not held any more, it is to be treated as the ledger's line says; it is still held while
        another worker has the digest.
        """
        with self._database.writing() as connection:
            known = self._alone_with(connection, page)
            if known.state is not DeliveryState.HELD or not _is_open(known, page):
                return Admission(known)
            now = self._database.now(connection)
            if wait := _on_its_way(connection, page.key, now):
                return Admission(known, wait)
            free = and_(
                pages.c.recipient == page.recipient,
                pages.c.team == page.team,
                is_free(pages.c.lease_until, now, LONGEST_LEASE),
                _IS_HELD,
            )
            digest = _digest_of(connection.execute(select(pages).where(free)).all())
            connection.execute(
                update(pages).where(free).values(claim=digest.key, lease_until=now + lease)
            )
            return digest

    def sent(self, digest: Digest, through: SentThrough) -> None:
        """A channel took the digest: every page in it is delivered."""
        detail = ", ".join(filter(None, (digest.detail, through.detail)))
        with self._database.writing() as connection:
            now = self._database.now(connection)
            keys = [row.key for row in connection.execute(_claimed(digest))]
            connection.execute(
                update(deliveries)
                .where(deliveries.c.key.in_(keys))
                .values(
                    state=DeliveryState.DELIVERED,
                    channel=through.channel,
                    detail=detail,
                    at=now,
                )
            )
            self._events.sent(connection, keys, through._replace(detail=detail), now)

    def not_sent(self, digest: Digest, why: str, is_in_doubt: bool = False) -> None:
        """No channel took it: its pages wait on, and the next who asks may try.

        is_in_doubt: an attempt may have got through all the same.
        """
        with self._database.writing() as connection:
            connection.execute(
                update(deliveries)
                .where(deliveries.c.key.in_(_claimed(digest)))
                .where(deliveries.c.state == DeliveryState.HELD)
                .values(detail=why)
            )
            connection.execute(
                update(pages)
                .where(pages.c.claim == digest.key)
                .values(lease_until=self._database.now(connection) if is_in_doubt else None)
            )

    def forget(self, key: str, recipient: str, team: str) -> bool:
        """Take a page out again; False when it is not held, or its digest is on its way."""
        with self._database.writing() as connection:
            self._one_at_a_time(connection, recipient, team)
            known = known_line(connection, key)
            now = self._database.now(connection)
            if known is None or known.state is not DeliveryState.HELD:
                return False
            if _on_its_way(connection, key, now):
                return False
            _mark(connection, key, DeliveryState.FORGOTTEN, now)
            return True

    def _alone_with(self, connection: Connection, page: PageLine) -> KnownDelivery:
        self._one_at_a_time(connection, page.recipient, page.team)
        return self._lines.intended(connection, page.key, page.recipient, page.fingerprint)

    def _one_at_a_time(self, connection: Connection, recipient: str, team: str) -> None:
        lock = hashlib.sha256(f"{recipient}\0{team}".encode()).digest()[:8]
        self._database.one_at_a_time(connection, int.from_bytes(lock, signed=True))

    def _keep(self, connection: Connection, page: PageLine, now: datetime) -> None:
        line = {
            "key": page.key,
            "recipient": page.recipient,
            "team": page.team,
            "incident_id": page.incident_id,
            "priority": page.priority,
            "title": page.title,
            "came_at": now,
        }
        connection.execute(self._insert_page, line)


class _Others(NamedTuple):
    """The other pages of the same team to the same person."""

    recent: int
    waiting_since: datetime | None
    oldest: datetime | None


_OTHERS = (
    select(
        func.count().filter(pages.c.came_at > bindparam("since")),
        func.min(case((deliveries.c.state == DeliveryState.HELD, pages.c.came_at))),
        func.min(pages.c.came_at),
    )
    .join(deliveries, deliveries.c.key == pages.c.key)
    .where(pages.c.recipient == bindparam("recipient"), pages.c.team == bindparam("team"))
    .where(pages.c.key != bindparam("key"))
)


def _others(connection: Connection, page: PageLine, since: datetime) -> _Others:
    given = {"recipient": page.recipient, "team": page.team, "key": page.key, "since": since}
    return _Others(*connection.execute(_OTHERS, given).one())


def _is_open(known: KnownDelivery, page: PageLine) -> bool:
    """Whether there is something left to do about a page, and the key is its own."""
    if (known.recipient, known.fingerprint) != (page.recipient, page.fingerprint):
        return False
    return known.state not in (DeliveryState.DELIVERED, DeliveryState.FORGOTTEN)


_LEASE_OF = select(pages.c.lease_until).where(pages.c.key == bindparam("key"))


def _on_its_way(connection: Connection, key: str, now: datetime) -> timedelta | None:
    """How long to wait for the digest that a worker has with this page in it; None without one."""
    until: datetime | None = connection.execute(_LEASE_OF, {"key": key}).scalar()
    if until is None or not is_held(until, now, LONGEST_LEASE):
        return None
    return min(until - now, LOOK_AGAIN)


def _drop(connection: Connection, page: PageLine, before: datetime) -> None:
    """Old pages that wait for nothing."""
    connection.execute(
        delete(pages)
        .where(pages.c.recipient == page.recipient, pages.c.team == page.team)
        .where(pages.c.came_at < before, ~_IS_HELD)
    )


def _mark(connection: Connection, key: str, state: DeliveryState, now: datetime) -> None:
    connection.execute(
        update(deliveries).where(deliveries.c.key == key).values(state=state, at=now)
    )


def _claimed(digest: Digest) -> Select[tuple[str]]:
    return select(pages.c.key).where(pages.c.claim == digest.key)


def _digest_of(rows: Sequence[Row[Any]]) -> Digest:
    keys = "\0".join(sorted(row.key for row in rows))
    ordered = sorted(rows, key=lambda row: (row.priority, row.came_at, row.key))
    return Digest(
        key=f"digest:{hashlib.sha256(keys.encode()).hexdigest()[:32]}",
        pages=tuple(
            HeldPage(row.key, row.incident_id, Priority(row.priority), row.title) for row in ordered
        ),
        is_in_doubt=any(row.lease_until is not None for row in rows),
    )
