"""A line of the ledger of messages. Imports no database library."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


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
    """`fingerprint` stands for the text, `detail` says why it failed, or how it went."""

    key: str
    recipient: str
    fingerprint: str
    channel: str
    state: DeliveryState
    at: datetime
    detail: str
