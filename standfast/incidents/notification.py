"""Messages to people, and what became of them."""

from enum import StrEnum
from typing import NamedTuple

from standfast.incidents.assessment import Priority
from standfast.messages.message import Duration, Message

OUR_HEADER = "X-Standfast"
"""What every mail of ours carries: the incident it is about."""


class Purpose(StrEnum):
    """What a notification asks of the person who gets it."""

    PAGE = "page"
    LOOK = "look"
    WARN = "warn"
    APPROVE = "approve"
    CONFIRM = "confirm"
    REMIND = "remind"
    WORSE = "worse"
    TELL = "tell"


class Audience(StrEnum):
    """How `recipient` is to be read."""

    PERSON = "person"
    REPORTER = "reporter"


class Notification(Message):
    """One message to one recipient.

    It names the person, not their addresses: those are read from the policy when it is sent, and
    never stand in a history. The same `key` never carries another text or recipient.

    incident_id: empty for what is about several, such as what operators are told of Standfast.
    through: names of the recipient's channels to use, in that order. One that they do not have is
        passed over; empty, or where none is left, it means all of them in their own order.
    team: whose page it is. In a storm, pages of one team to one person are bundled.
    digest: the page was held for a digest before, and is not to be held once more.
    at_once: it is not to be held for a digest at all, since the incident became worse.
    """

    key: str
    incident_id: str
    purpose: Purpose
    audience: Audience = Audience.PERSON
    recipient: str
    priority: Priority
    title: str
    body: str
    through: tuple[str, ...] = ()
    team: str = ""
    digest: bool = False
    at_once: bool = False


class Delivery(Message):
    """What became of a notification that did not fail.

    channel: the name of the one that took it; empty when it is held, or was forgotten.
    repeated: the ledger knew it already.
    problems: each channel that did not take it, with the reason.
    held_for: it has not been sent but waits for a digest; the caller asks again after that time,
        with `digest` set.
    detail: what else there is to say, such as that it came `in a digest of 7`.
    policy_version: of the policy by which it was sent.
    """

    key: str
    recipient: str
    channel: str = ""
    repeated: bool = False
    problems: tuple[str, ...] = ()
    held_for: Duration | None = None
    detail: str = ""
    policy_version: str = ""


class HeldPage(NamedTuple):
    """A page that waits for a digest; `title` is its first line."""

    key: str
    incident_id: str
    priority: Priority
    title: str
