"""The content of a message: its text and its attachments."""

import re
from email import policy
from email.generator import BytesGenerator
from io import BytesIO
from typing import NamedTuple

from standfast.mail import armour, headers, smime, tnef
from standfast.mail.charsets import charset_of_html, decoded
from standfast.mail.content_headers import MailPart
from standfast.mail.data_urls import without_pictures
from standfast.mail.html_text import text_of_html
from standfast.mail.mail import WHOLE_TEXT, Attachment
from standfast.mail.transfer import transferred

LONGEST_TEXT = 200_000
"""Characters of text of a message; a longer text is stored as an attachment."""

_DEEPEST, _MOST_PARTS, _MOST_UNWRAPPED = 30, 500, 5
_LONGEST_TO_READ = 30_000_000
"""Bytes of a part that are read as text."""
_AS_TEXT = ("text/plain", "text/html", "text/enriched", "text/richtext")
_ONLY_ALTERNATIVES = (*_AS_TEXT, "text/x-amp-html", "text/watch-html")
_SIGNATURES = (
    *("application/pkcs7-signature", "application/x-pkcs7-signature"),
    *("application/pgp-signature", "application/pgp-encrypted"),
)
"""Parts that tell people nothing, beside what is signed or encrypted."""
_LONGEST_NAME = 1_000
_LOOKS_LIKE_HTML = re.compile(r"<(?:html|body|div|p|br|span|table)\b", re.IGNORECASE)
_STUB = re.compile(r"\bhtml\b", re.IGNORECASE)
_LONGEST_STUB = 300
"""Characters of a plain text that only says that there is HTML, whatever the language."""
_BOUNDARY = re.compile(
    r"^--([^\s-][^\r\n]{0,200}?|-[^\r\n]{1,200}?)[ \t]*\r?\ncontent-", re.I | re.M
)


class Content(NamedTuple):
    """The content of a message or of a part of it."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()


def content_of(message: MailPart) -> Content:
    """All readable text, and everything else as attachments, in order."""
    reader = _Reader()
    text = reader.read(message, 0)
    text = text if text.strip() else reader.spare
    if reader.is_cut:
        text += "\n\n[it has too many parts, or they lie too deep: what follows is left out]"
    if len(text) > LONGEST_TEXT:
        whole = text.encode("utf-8", "replace")
        reader.found.append(Attachment(WHOLE_TEXT, "text/plain", whole))
        text = text[:LONGEST_TEXT]
    # The limits are for a number of attachments: those that somebody attached come first.
    return Content(text, tuple(sorted(reader.found, key=lambda one: one.is_inline)))


def parts_of(message: MailPart) -> list[MailPart]:
    """The direct parts of a multipart message."""
    # On a text part, this would decode it by the charset it claims, which can fail.
    payload = message.get_payload() if message.is_multipart() else None
    return [one for one in payload or [] if isinstance(one, MailPart)]


class _Reader:
    """Walks through the parts of one message, up to a limit.

    spare: text that counts where the message has no other: of `winmail.dat`, of a message inside.
    """

    def __init__(self) -> None:
        self.found: list[Attachment] = []
        self.spare = ""
        self.is_cut = False
        self._parts = 0
        self._unwrapped = 0

    def read(self, part: MailPart, depth: int) -> str:
        """The text of a part; its attachments are collected in `found`."""
        self._parts += 1
        if self._parts > _MOST_PARTS or depth > _DEEPEST:
            self.is_cut = True
            return ""
        kind = part.get_content_type()
        if kind.startswith("message/"):
            return self._message(part, kind, depth)
        below = parts_of(part)
        if below:
            return self._multipart(kind, below, depth)
        name = _name_of(part)
        if kind.startswith("multipart/"):
            return self._without_boundary(part, depth)
        if kind in _SIGNATURES:
            return ""
        if kind in _AS_TEXT:
            is_attached = part.get_content_disposition() == "attachment"
            if not (name or is_attached):
                return self._text(part, kind)
            if not (self.spare or is_attached):
                self.spare = self._text(part, kind)
        if smime.is_wrapped(kind, name):
            return self._smime(part, kind, depth)
        if kind in tnef.KINDS or name.lower().endswith(".dat"):
            return self._tnef(part, kind)
        self._attach(part, kind)
        return ""

    def _multipart(self, kind: str, below: list[MailPart], depth: int) -> str:
        if kind == "multipart/alternative":
            return self._alternative(below, depth)
        texts = [self.read(one, depth + 1) for one in below]
        if kind == "multipart/encrypted":
            texts.insert(0, _left_out(armour.ENCRYPTED))
        return "\n\n".join(text for text in texts if text.strip())

    def _alternative(self, below: list[MailPart], depth: int) -> str:
        """The simplest form that has any text."""
        ordered = sorted(below, key=lambda one: one.get_content_type() != "text/plain")
        chosen = ""
        for one in ordered:
            is_stub = len(chosen) < _LONGEST_STUB and _STUB.search(chosen) is not None
            if chosen and not is_stub and one.get_content_type() in _ONLY_ALTERNATIVES:
                continue
            text = self.read(one, depth + 1)
            if text.strip() and (is_stub or not chosen):
                chosen = text
        return chosen

    def _message(self, part: MailPart, kind: str, depth: int) -> str:
        """A message inside is an attachment; its text counts where there is no other."""
        inside = next(iter(parts_of(part)), None)
        if "base64" in part.transfer_encoding:  # no standard allows it, and Exchange does it
            content = transferred(_whole(part)[0], "base64")
            inside = headers.inside(content)
            name = _name_of(part) or _named(kind, len(self.found) + 1)
            self._add(Attachment(name, kind, content))
        else:
            self._attach(part, kind)
        if inside is None or kind != "message/rfc822" or self.spare:
            return ""
        reader = _Reader()
        reader._parts, reader._unwrapped = self._parts, self._unwrapped
        text = reader.read(inside, depth + 1) or reader.spare
        self._parts, self._unwrapped = reader._parts, reader._unwrapped
        if text.strip():
            found = headers.all_of(inside)
            lines = [
                f"{name.capitalize()}: {headers.line(found[name][0])}"
                for name in ("from", "date", "subject")
                if name in found
            ]
            self.spare = "\n".join((*lines, "", text.strip()))
        return ""

    def _without_boundary(self, part: MailPart, depth: int) -> str:
        """The parts of a multipart whose boundary is another than it says; else one text."""
        content = _bytes_of(part)
        text = content[:_LONGEST_TO_READ].decode("latin-1")
        found = _BOUNDARY.search(text)
        if found and not found[1].endswith("--"):
            head = f'Content-Type: multipart/mixed; boundary="{found[1]}"\n\n'
            again = headers.inside(head.encode("latin-1") + content)
            below = parts_of(again)
            if below:
                return self._multipart("multipart/mixed", below, depth)
        return self._text(part, "text/plain" if not _LOOKS_LIKE_HTML.search(text) else "text/html")

    def _text(self, part: MailPart, kind: str) -> str:
        content = _bytes_of(part)[:_LONGEST_TO_READ]
        charset = part.get_content_charset() or ""
        is_html = kind == "text/html"
        if is_html and not charset:
            charset = charset_of_html(content)
        text = decoded(content, charset).replace("\r\n", "\n").replace("\r", "\n")
        is_html = is_html or (kind != "text/plain" and bool(_LOOKS_LIKE_HTML.search(text)))
        text, pictures = without_pictures(text, is_html)
        for picture in pictures:
            name = _named(picture.kind, len(self.found) + 1)
            self._add(Attachment(name, picture.kind, picture.content, is_inline=True))
        if is_html:
            return armour.without_pgp(text_of_html(text))
        text, files = armour.without_files(text)
        for file in files:
            name = _clean_name(file.name)
            self._add(Attachment(name, "application/octet-stream", file.content))
        return armour.without_pgp(text)

    def _smime(self, part: MailPart, kind: str, depth: int) -> str:
        self._unwrapped += 1
        if self._unwrapped > _MOST_UNWRAPPED:
            self._attach(part, kind)
            return _left_out("lies too deep within others to be read")
        inside = smime.unwrap(_bytes_of(part))
        if inside.problem:
            self._attach(part, kind)
            return _left_out(inside.problem)
        message = headers.inside(inside.content)
        if "content-type" not in message:
            message = headers.bare(inside.content)
        return self.read(message, depth + 1)

    def _tnef(self, part: MailPart, kind: str) -> str:
        content = _bytes_of(part)
        try:
            inside = tnef.read_tnef(content)
        except ValueError:
            self._attach(part, kind)
            return ""
        if not inside.text and not inside.attachments:
            self._attach(part, kind)
        self.spare = self.spare or armour.without_pgp(inside.text)
        for one in inside.attachments:
            self._add(one._replace(name=_clean_name(one.name)))
        return ""

    def _attach(self, part: MailPart, kind: str) -> None:
        given = _name_of(part)
        problem = ""
        if kind.startswith("message/"):
            content, problem = _whole(part)
        else:
            content = _bytes_of(part)
        if content or problem or given:
            name = given or _named(kind, len(self.found) + 1)
            is_inline = (
                kind.startswith("image/")
                and "content-id" in part
                and part.get_content_disposition() != "attachment"
            )
            self._add(Attachment(name, kind, content, problem, is_inline))

    def _add(self, one: Attachment) -> None:
        if len(self.found) < _MOST_PARTS:
            self.found.append(one)


def _left_out(problem: str) -> str:
    return f"[a part of the message that {problem}]"


def _named(kind: str, number: int) -> str:
    """A name for a part that has none."""
    if kind.startswith("message/"):
        return f"message-{number}.eml"
    ending = re.sub(r"[^a-z0-9]", "", kind.partition("/")[2])[:10] or "bin"
    return f"part-{number}.{ending}"


def _name_of(part: MailPart) -> str:
    return _clean_name(part.get_filename() or "")


def _clean_name(name: str) -> str:
    return headers.line(_ends_of(name))


def _ends_of(name: str) -> str:
    """A name that is far too long loses its middle: the file extension stays."""
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME // 2]}…{name[-_LONGEST_NAME // 2 :]}"


def _bytes_of(part: MailPart) -> bytes:
    return transferred(part.written_content, part.transfer_encoding)


def _whole(part: MailPart) -> tuple[bytes, str]:
    """A message inside this one, as it would be in a file."""
    messages = parts_of(part) or [part]
    written = BytesIO()
    try:
        for message in messages:
            BytesGenerator(written, mangle_from_=False, policy=policy.compat32).flatten(message)
    except Exception as error:  # writing a message is as fragile as reading one
        return b"", f"could not be written ({type(error).__name__})"
    return written.getvalue(), ""
