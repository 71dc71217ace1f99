"""The ledger of messages: what was sent to whom, under which key, and what became of it."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from standfast.records.database import Database
from standfast.records.tables import deliveries


class DeliveryState(StrEnum):
    """What the ledger knows of a message. `intended` alone means: it may or may not have gone.

    `held` waits for a digest; `forgotten` was taken out before the digest went.
    """

    INTENDED = "intended"
    HELD = "held"
    FORGOTTEN = "forgotten"
    DELIVERED = "delivered"
    FAILED = "failed"


class KnownDelivery(NamedTuple):
    """A line of the ledger. `digest` stands for the text, `detail` says why it failed, or how."""

    key: str
    recipient: str
    digest: str
    channel: str
    state: DeliveryState
    at: datetime
    detail: str


def intended(
    database: Database, connection: Connection, key: str, recipient: str, digest: str
) -> KnownDelivery:
    """Note that a message is about to be sent, unless its key has a line; that line."""
    line = new_line(key, recipient, digest, DeliveryState.INTENDED)
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
    return KnownDelivery(**{**row, "state": DeliveryState(row["state"])})


def new_line(
    key: str,
    recipient: str,
    digest: str,
    state: DeliveryState,
    channel: str = "",
    detail: str = "",
) -> dict[str, Any]:
    """A line as the table holds it, of this moment."""
    return {
        "key": key,
        "recipient": recipient,
        "digest": digest,
        "channel": channel,
        "state": state,
        "at": datetime.now(UTC),
        "detail": detail,
    }
