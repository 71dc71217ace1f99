"""Why a message reached nobody."""

from collections.abc import Sequence
from datetime import datetime


class NotDelivered(Exception):  # noqa: N818 - its kinds are named for what they say
    """A message was not sent, or no channel took it. The text is for people.

    not_through: each channel that was tried, by its name, with what was wrong.
    in_doubt: one of them did not answer, and may have taken it.
    """

    not_through: tuple[tuple[str, str], ...] = ()
    in_doubt: bool = False


class UnknownRecipient(NotDelivered):
    """The policy has nobody of that name, or no channel that reaches them."""


class TooManyTests(NotDelivered):
    """So many codes and tests went to what people have added that this one has to wait."""


class KeyReused(NotDelivered):
    """The key belongs to another message already."""


class NotForThis(NotDelivered):
    """It may wait and so does not disturb the recipient: by a call, or outside their day."""


class Undeliverable(NotDelivered):
    """No channel took it. Another attempt may succeed.

    open_until: set where no channel was tried, since the circuit breaker of each is open: the
        moment from which on one may be tried.
    """

    def __init__(
        self,
        reason: str,
        not_through: Sequence[tuple[str, str]] = (),
        open_until: datetime | None = None,
        *,
        in_doubt: bool = False,
    ) -> None:
        super().__init__(reason)
        self.not_through = tuple(not_through)
        self.open_until = open_until
        self.in_doubt = in_doubt
