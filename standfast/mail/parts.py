"""The content of a message: its text and its attachments."""

import re
from email import policy
from email.generator import BytesGenerator
from email.message import EmailMessage
from io import BytesIO
from typing import NamedTuple

from standfast.mail.charsets import decoded
from standfast.mail.headers import line
from standfast.mail.html_text import text_of_html
from standfast.mail.mail import WHOLE_TEXT, Attachment

LONGEST_TEXT = 200_000
"""Characters of text of a message; a longer text is stored as an attachment."""

_DEEPEST, _MOST_PARTS = 30, 500
_AS_TEXT = ("text/plain", "text/html", "text/enriched", "text/richtext")
_LONGEST_NAME = 1_000
_LOOKS_LIKE_HTML = re.compile(r"<(?:html|body|div|p|br|span|table)\b", re.IGNORECASE)


class Content(NamedTuple):
    """The content of a message or of a part of it."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()


def content_of(message: EmailMessage) -> Content:
    """All readable text, and everything else as attachments, in order."""
    reader = _Reader()
    text = reader.read(message, 0).text
    if len(text) > LONGEST_TEXT:
        whole = text.encode("utf-8", "replace")
        reader.found.append(Attachment(WHOLE_TEXT, "text/plain", whole))
        text = text[:LONGEST_TEXT]
    return Content(text, tuple(reader.found))


def kind_of(part: EmailMessage) -> str:
    """The content type in lower case; `text/plain` where it cannot be parsed."""
    try:
        return part.get_content_type()
    except Exception:  # the parser of this header raises what it likes
        return "text/plain"


def parts_of(message: EmailMessage) -> list[EmailMessage]:
    """The direct parts of a multipart message."""
    # On a text part, this would decode it by the charset it claims, which can fail.
    payload = message.get_payload() if message.is_multipart() else None
    return [one for one in payload or [] if isinstance(one, EmailMessage)]


class _Reader:
    """Walks through the parts of one message, up to a limit."""

    def __init__(self) -> None:
        self.found: list[Attachment] = []
        self._parts = 0

    def read(self, part: EmailMessage, depth: int) -> Content:
        """The text of a part; its attachments are collected in `found`."""
        self._parts += 1
        if self._parts > _MOST_PARTS or depth > _DEEPEST:
            return Content()
        kind = kind_of(part)
        if kind.startswith("message/"):
            self._attach(part, kind)
            return Content()
        below = parts_of(part)
        if below:
            if kind == "multipart/alternative":
                return self._alternative(below, depth)
            texts = [self.read(one, depth + 1).text for one in below]
            return Content("\n\n".join(text for text in texts if text.strip()))
        # Parts whose boundary is not there are one text.
        if kind.startswith("multipart/") or (kind in _AS_TEXT and not _is_attached(part)):
            return Content(_text_of(part, kind))
        self._attach(part, kind)
        return Content()

    def _alternative(self, below: list[EmailMessage], depth: int) -> Content:
        """The simplest form that has any text."""
        ordered = sorted(below, key=lambda one: kind_of(one) != "text/plain")
        chosen = ""
        for one in ordered:
            if chosen and kind_of(one) in _AS_TEXT:
                continue
            text = self.read(one, depth + 1).text
            chosen = chosen or (text if text.strip() else "")
        return Content(chosen)

    def _attach(self, part: EmailMessage, kind: str) -> None:
        number = len(self.found) + 1
        given = _name_of(part)
        name = given
        if kind.startswith("message/"):
            content, problem = _whole(part)
            name = name or f"message-{number}.eml"
        else:
            content, problem = _bytes_of(part)
            ending = re.sub(r"[^a-z0-9]", "", kind.partition("/")[2])[:10] or "bin"
            name = name or f"part-{number}.{ending}"
        if content or problem or given:
            self.found.append(Attachment(name, kind, content, problem))


def _is_attached(part: EmailMessage) -> bool:
    try:
        return part.get_content_disposition() == "attachment" or bool(_name_of(part))
    except Exception:  # as in kind_of
        return False


def _name_of(part: EmailMessage) -> str:
    try:
        name = part.get_filename() or ""
    except Exception:  # as in kind_of
        return ""
    return line("subject", _ends_of(str(name)))


def _ends_of(name: str) -> str:
    """A name that is far too long loses its middle: the file extension stays."""
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME // 2]}…{name[-_LONGEST_NAME // 2 :]}"


def _text_of(part: EmailMessage, kind: str) -> str:
    try:
        charset = part.get_content_charset() or ""
    except Exception:  # as in kind_of
        charset = ""
    content, problem = _bytes_of(part)
    if problem:
        return f"[a part of the message that {problem}]"
    text = decoded(content, charset)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    is_html = kind == "text/html" or (kind != "text/plain" and _LOOKS_LIKE_HTML.search(text))
    return text_of_html(text) if is_html else text


def _bytes_of(part: EmailMessage) -> tuple[bytes, str]:
    # With that header, the library would decode the payload by the charset it claims.
    del part["content-type"]
    try:
        payload = part.get_payload(decode=True)
    except Exception as error:  # bad base64, uuencode, …
        return b"", f"could not be decoded ({type(error).__name__})"
    return (payload if isinstance(payload, bytes) else b""), ""


def _whole(part: EmailMessage) -> tuple[bytes, str]:
    """A message inside this one, as it would be in a file."""
    messages = parts_of(part) or [part]
    written = BytesIO()
    try:
        for message in messages:
            BytesGenerator(written, mangle_from_=False, policy=policy.compat32).flatten(message)
    except Exception as error:  # writing a message is as fragile as reading one
        return b"", f"could not be written ({type(error).__name__})"
    return written.getvalue(), ""
