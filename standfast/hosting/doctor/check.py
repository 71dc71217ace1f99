"""What a check says, and what it is given."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from temporalio.client import Client

from standfast.hosting.settings import Settings
from standfast.messages.message import Message
from standfast.records.store import RecordStore


class Check(Message):
    """The result of one check; `remedy` is empty where it is ok."""

    name: str
    ok: bool
    what: str
    remedy: str = ""


@dataclass
class Installation:
    """What the checks need. Without a client, `away` says why Temporal cannot be reached."""

    settings: Settings
    records: RecordStore
    client: Client | None
    away: str


Look = Callable[[Installation], Awaitable[list[Check]]]


def not_looked_at(name: str, why: str) -> Check:
    """A check that could not be made."""
    return Check(name=name, ok=False, what=f"not checked: {why}", remedy="fix that first")
