"""Mail that was set aside, as it is listed and shown."""

from datetime import datetime

from standfast.messages.message import Message

LONGEST_LIST = 200
"""Mails that are listed at most."""


class MailSetAside(Message):
    """A line of the list. `size`: bytes of the message; `opened_by`: empty while nobody opened it.

    incident_id: the incident that it was opened as, or else is about; "" where it is about none.
    """

    id: str
    kind: str
    at: datetime
    sender: str
    subject: str
    reason: str
    incident_id: str
    size: int
    opened_by: str
    opened_at: datetime | None


class ShownMail(MailSetAside):
    """One mail; `text` is the beginning of what it says, None where its content was dropped."""

    text: str | None
