"""What came with a message: how texts name it, and what of it may be shown.

Whoever sees the text that names an attachment may see it: its name begins with the hash of its
content, which nobody knows who has not seen the text.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from standfast.incidents.visibility import Everybody
from standfast.messages.message import Message

if TYPE_CHECKING:
    from standfast.incidents.record import IncidentView

DOWNLOAD = "application/octet-stream"
"""The type of all that is saved and never shown."""

PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
TEXT = "text/plain"

LOOKED_AT = 64_000
"""Bytes of its beginning that tell what it is."""

HASH = 16
"""Letters of the hash of its content, at the beginning of its name."""

_NAMED = re.compile(rf"^- .+, kept as ([0-9a-f]{{{HASH}}}-[\w.+=-]{{1,200}})$", re.MULTILINE)
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


class Attachment(Message):
    """One that a text names. name: under which it is kept and loaded. title: what people read."""

    name: Everybody[str]
    title: Everybody[str]


def kept_line(title: str, size: str, name: str) -> str:
    """The line of a text that names an attachment. size: in words."""
    return f"- {title} ({size}), kept as {name}"


def attachments_in(incident: "IncidentView") -> tuple[Attachment, ...]:
    """The attachments that an incident's texts name, each once; of a projected one, those that its
    reader may see.
    """
    texts = (text for text in _texts(incident) if "kept as" in text)
    names = dict.fromkeys(name for text in texts for name in _NAMED.findall(text))
    return tuple(Attachment(name=name, title=name[HASH + 1 :]) for name in names)


def type_of(beginning: bytes) -> str:
    """A type by which it may be shown, from its first `LOOKED_AT` bytes; else `DOWNLOAD`.

    Neither its name nor what its sender said of it counts.

    >>> type_of(b"GIF89a..."), type_of("größer".encode()), type_of(b"<svg>"), type_of(b"PK..\\x03")
    ('image/gif', 'text/plain', 'application/octet-stream', 'application/octet-stream')
    """
    if beginning.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if beginning.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if beginning.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP":
        return "image/webp"
    return TEXT if _is_text(beginning) else DOWNLOAD


def _is_text(beginning: bytes) -> bool:
    """Whether it is plain text, and none in which a browser may see HTML, SVG or PDF."""
    try:
        text = beginning.decode()
    except UnicodeDecodeError as error:
        if error.start < len(beginning) - 3 or len(beginning) < LOOKED_AT:
            return False
        text = beginning[: error.start].decode()  # a letter that is cut in two
    markup = text.lstrip("\ufeff \t\r\n").startswith(("<", "%PDF", "%!PS"))
    return bool(text) and not markup and not _NO_TEXT.search(text)


def _texts(incident: "IncidentView") -> Iterator[str]:
    yield incident.report.description
    if incident.latest:
        yield incident.latest.description
    yield from (entry.detail for entry in incident.timeline)
    yield from (added.text for added in incident.additions)
