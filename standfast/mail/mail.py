"""A message as the rest of the intake sees it, whatever was wrong with its bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

WHOLE_TEXT = "whole-text.txt"
"""The attachment that a text becomes which is too long for a description or a comment."""


class Envelope(NamedTuple):
    """What the sending server said beside the message: `sender` is empty for a bounce."""

    sender: str
    recipients: tuple[str, ...] = ()


class Attachment(NamedTuple):
    """Something that came with a message. `name` is the sender's word: never a path to open.

    problem: why its content could not be read, which is empty then.
    """

    name: str
    kind: str
    content: bytes
    problem: str = ""


@dataclass(frozen=True)
class Mail:
    """One message. All text is decoded, with U+FFFD for what cannot be, and every list bounded.

    sender: the address in From; where it has none, whatever else tells who sent it, or "".
    recipients: every address that it says it was sent to, lower case.
    message_id, answers: ids without their angle brackets; `answers` are the messages that this one
        replies to, the nearest first.
    return_path: None where nothing tells it; "" is the mark of a bounce.
    headers: lower-case names → values, in their order.
    kind, parts: the content type, and those of the parts directly below it.
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
    is_mail: bool = True

    def header(self, name: str) -> str:
        """The first value of a header in lower case, "" without one."""
        return (self.headers.get(name) or ("",))[0].strip().lower()
