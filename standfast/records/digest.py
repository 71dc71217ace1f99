"""A page as the record store knows it, and a digest of pages. Imports no database library."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from standfast.incidents.assessment import Priority
from standfast.incidents.notification import HeldPage
from standfast.records.delivery import KnownDelivery

Holding = Callable[[int, datetime | None, datetime], timedelta | None]
"""How long to hold a page, from how many others came lately, since when one waits, and the time."""


@dataclass(frozen=True)
class PageLine:
    """A page as the store keeps it; `fingerprint` stands for its whole text in the ledger."""

    key: str
    recipient: str
    team: str
    incident_id: str
    priority: Priority
    title: str
    fingerprint: str


class Admission(NamedTuple):
    """The page's line in the ledger, and how long it is held; None when it is to be sent."""

    known: KnownDelivery
    held_for: timedelta | None = None


@dataclass(frozen=True)
class Digest:
    """Pages that are now this worker's to send, as one message, until its lease is over.

    key: the same for the same pages, so that a message sent twice can be told as one.
    pages: the most urgent first, then the oldest.
    is_in_doubt: the lease of another on some of them ran out before it said what became of them.
    """

    key: str
    pages: tuple[HeldPage, ...]
    is_in_doubt: bool = False

    @property
    def detail(self) -> str:
        """What the ledger says of each of its pages."""
        return f"in a digest of {len(self.pages)}"
