"""The ledger of messages: what was sent to whom, under which key, and what became of it."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from standfast.records.database import Database
from standfast.records.delivery import DeliveryState, KnownDelivery
from standfast.records.tables import deliveries


class Deliveries:
    """Part of the record store; every method may be called from any thread.

    `fingerprint` stands for a message's text. Raises RecordsUnavailable when the database cannot be
    used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def intend(self, key: str, recipient: str, fingerprint: str) -> KnownDelivery:
        """Note that a message is about to be sent; answers what the ledger now says of its key.

        A key that is there already keeps its line: it may name another recipient or text, or be
        delivered.
        """
        with self._database.writing() as connection:
            return intended(self._database, connection, key, recipient, fingerprint)

    def delivered(self, key: str, recipient: str, fingerprint: str, channel: str) -> None:
        """Note that a channel took the message."""
        line = _new_line(key, recipient, fingerprint, DeliveryState.DELIVERED, channel=channel)
        with self._database.writing() as connection:
            self._database.upsert(connection, deliveries, ("key",), line)

    def undelivered(self, key: str, recipient: str, fingerprint: str, detail: str) -> None:
        """Note that no channel took it, unless another attempt got it through meanwhile."""
        line = _new_line(key, recipient, fingerprint, DeliveryState.FAILED, detail=detail)
        with self._database.writing() as connection:
            known = known_line(connection, key)
            if known is None or known.state is not DeliveryState.DELIVERED:
                self._database.upsert(connection, deliveries, ("key",), line)

    def get(self, key: str) -> KnownDelivery | None:
        """What the ledger says of a key."""
        with self._database.reading() as connection:
            return known_line(connection, key)


def intended(
    database: Database, connection: Connection, key: str, recipient: str, fingerprint: str
) -> KnownDelivery:
    """Note that a message is about to be sent, unless its key has a line; that line."""
    line = _new_line(key, recipient, fingerprint, DeliveryState.INTENDED)
    connection.execute(database.insert(deliveries).on_conflict_do_nothing(), line)
    known = known_line(connection, key)
    if known is None:
        raise RuntimeError(f"the ledger lost {key} inside one transaction")
    return known


def known_line(connection: Connection, key: str) -> KnownDelivery | None:
    """What the ledger says of a key."""
    row = connection.execute(select(deliveries).where(deliveries.c.key == key)).mappings().first()
    if row is None:
        return None
    line = {field: row[deliveries.c[field]] for field in KnownDelivery._fields}
    return KnownDelivery(**{**line, "state": DeliveryState(line["state"])})


def _new_line(
    key: str,
    recipient: str,
    fingerprint: str,
    state: DeliveryState,
    channel: str = "",
    detail: str = "",
) -> dict[str, Any]:
    """A line as the table holds it, of this moment."""
    return {
        "key": key,
        "recipient": recipient,
        "fingerprint": fingerprint,
        "channel": channel,
        "state": state,
        "at": datetime.now(UTC),
        "detail": detail,
    }
