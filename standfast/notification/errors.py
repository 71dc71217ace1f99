"""Why a message reached nobody."""

from datetime import datetime


class NotDelivered(Exception):  # noqa: N818 - its kinds are named for what they say
    """A message was not sent, or no channel took it. The text is for people."""


class UnknownRecipient(NotDelivered):
    """The policy has nobody of that name, or no channel that reaches them."""


class KeyReused(NotDelivered):
    """The key belongs to another message already."""


class Undeliverable(NotDelivered):
    """No channel took it. Another attempt may succeed.

    open_until: set where no channel was tried, since the circuit breaker of each is open: the
        moment from which on one may be tried.
    """

    def __init__(self, reason: str, open_until: datetime | None = None) -> None:
        super().__init__(reason)
        self.open_until = open_until
