"""A mail message after parsing. However broken its bytes were, the fields are clean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

WHOLE_TEXT = "whole-text.txt"
"""The name of the attachment that holds a text too long for a description or a comment."""


class Envelope(NamedTuple):
    """The SMTP envelope; `sender` is empty for a bounce."""

    sender: str
    recipients: tuple[str, ...] = ()


class Attachment(NamedTuple):
    """An attachment. `name` comes from the sender: never use it as a path.

    problem: why its content could not be read, which is empty then.
    is_inline: whether it is a picture in the text, such as a logo, and not attached by hand.
    """

    name: str
    kind: str
    content: bytes
    problem: str = ""
    is_inline: bool = False


@dataclass(frozen=True)
class Mail:
    """One message. All text is decoded, with U+FFFD for what cannot be, and every list bounded.

    sender: the address in From; without one, of another header or the envelope, or "".
    recipients: every address that it was sent to, in lower case.
    message_id, answers: ids without their angle brackets; `answers` are the messages that this one
        replies to, the nearest first.
    return_path: None where it is unknown; "" marks a bounce.
    headers: lower-case names → values, in their order.
    kind, parts: the content type, and those of the parts directly below it.
    message_class: what Outlook takes the message for, in lower case; "" without a winmail.dat.
    own_words: the text without what it quotes and without signature.
    is_mail: False for bytes that have none of the headers of a message.
    """

    sender: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    message_id: str = ""
    answers: tuple[str, ...] = ()
    date: datetime | None = None
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    return_path: str | None = None
    kind: str = "text/plain"
    parts: tuple[str, ...] = ()
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    message_class: str = ""
    own_words: str = ""
    is_mail: bool = True

    def header(self, name: str) -> str:
        """The first value of a header in lower case, "" without one."""
        return (self.headers.get(name) or ("",))[0].strip().lower()
