"""Notifications to people, and their delivery."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from standfast.incidents.assessment import Priority
from standfast.incidents.message_content import MessageContent
from standfast.incidents.via import LEFT_OUT_WITHOUT
from standfast.messages.message import Duration, Instant, Message

OUR_HEADER = "X-Standfast"
"""The header of every mail that Standfast sends: the incident it is about."""


class Purpose(StrEnum):
    """The purpose of a notification.

    taken, over: the all clear for whoever was paged.
    """

    PAGE = "page"
    LOOK = "look"
    WARN = "warn"
    APPROVE = "approve"
    CONFIRM = "confirm"
    REMIND = "remind"
    WORSE = "worse"
    TELL = "tell"
    TAKEN = "taken"
    OVER = "over"

    @property
    def is_all_clear(self) -> bool:
        """Whether it only says that nothing needs to be done any more."""
        return self in (Purpose.TAKEN, Purpose.OVER)


ANSWERED_BY_LINK = (Purpose.PAGE, Purpose.LOOK, Purpose.WARN, Purpose.WORSE)
"""What a person can answer by the link in it."""


class Audience(StrEnum):
    """Who the recipient is: a person of the policy, or a reporter's address."""

    PERSON = "person"
    REPORTER = "reporter"


class Notification(Message):
    """One message to one recipient.

    It names the person, not their addresses: those are read from the policy when it is sent, and
    never get into a history. The same `key` never has another content or recipient.

    content: what it says; it is put into words for each channel when it is sent. title, body: the
        words of a message that has no content, such as a notice to operators.
    incident_id: empty for what is about several, such as a notice to operators.
    through: the recipient's channels to use, in that order. One that they do not have is skipped;
        where none is left, all of their channels are used in their own order.
    team: whose page it is. In a storm, pages of one team to one person are bundled.
    digest: the page was held for a digest once, and is not held again.
    at_once: the page is never held for a digest, since the incident became worse.
    asked_at: when a person was first to get it, by the incident's clock. Links by which they answer
        hold from then on, so that every try of one message has the same.
    """

    key: str
    incident_id: str
    purpose: Purpose
    audience: Audience = Audience.PERSON
    recipient: str
    priority: Priority
    content: MessageContent | None = None
    title: str = ""
    body: str = ""
    through: tuple[str, ...] = ()
    team: str = ""
    digest: bool = False
    at_once: bool = False
    asked_at: Annotated[Instant | None, LEFT_OUT_WITHOUT] = None

    @property
    def is_secret(self) -> bool:
        """Whether it is about a confidential incident, and so says nothing of it."""
        return self.content is not None and self.content.secret


class Delivery(Message):
    """The delivery of a notification.

    channel: the channel that accepted it; empty when it is held, or was withdrawn.
    repeated: it was delivered before.
    problems: each channel that failed, with the reason.
    held_for: it was not sent but waits for a digest; send it again after this time, with `digest`
        set.
    detail: more to know, such as that it came `in a digest of 7`.
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
    """A page that waits for a digest; `title` says what is broken."""

    key: str
    incident_id: str
    priority: Priority
    title: str
