"""Messages to people, and what became of them."""

from enum import StrEnum

from incidents.assessment import Priority
from incidents.message import Message


class Purpose(StrEnum):
    """What a notification asks of the person who gets it."""

    PAGE = "page"
    LOOK = "look"
    WARN = "warn"
    APPROVE = "approve"
    CONFIRM = "confirm"
    REMIND = "remind"
    TELL = "tell"


class Audience(StrEnum):
    """How `recipient` is to be read."""

    PERSON = "person"
    REPORTER = "reporter"


class Notification(Message):
    """One message to one recipient.

    It names the person, not their addresses: those are read from the policy when it is sent, and
    never stand in a history. The same `key` never carries another text or recipient.
    """

    key: str
    incident_id: str
    purpose: Purpose
    audience: Audience = Audience.PERSON
    recipient: str
    priority: Priority
    title: str
    body: str


class Delivery(Message):
    """A notification that reached a channel. `repeated` where the ledger knew it already."""

    key: str
    recipient: str
    channel: str
    repeated: bool = False
