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


class Progress(StrEnum):
    """How far a message got through one channel, in this order where nothing fails.

    `sent`: the provider took it. `delivered`, `opened`, `answered`: where somebody tells.
    """

    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    ANSWERED = "answered"
    FAILED = "failed"


class DeliveryEvent(NamedTuple):
    """One step of a message.

    detail: why it failed, how it was answered, or that it went in a digest.
    provider_id: of `sent`, how the provider names it.
    """

    key: str
    recipient: str
    channel: str
    state: Progress
    at: datetime
    detail: str = ""
    provider_id: str = ""


class SentThrough(NamedTuple):
    """The channel that took a message, and what was wrong with each before it, by its name.

    provider, provider_id: whose channel it is, and how it names the message there; the latter is
        empty where it gave no id.
    detail: more to know, such as that it has perhaps come twice.
    """

    channel: str
    not_through: tuple[tuple[str, str], ...] = ()
    provider: str = ""
    provider_id: str = ""
    detail: str = ""


class KnownDelivery(NamedTuple):
    """`fingerprint` stands for the text, `detail` says why it failed, or how it went.

    again: an earlier attempt has noted it already.
    """

    key: str
    recipient: str
    fingerprint: str
    channel: str
    state: DeliveryState
    at: datetime
    detail: str
    again: bool = False

    @property
    def is_in_doubt(self) -> bool:
        """Whether an earlier attempt ended before it was known whether a channel took it."""
        return self.again and self.state is DeliveryState.INTENDED
