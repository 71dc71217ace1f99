"""Reads `winmail.dat`: Outlook's own format for a message and its attachments (MS-OXTNEF).

Our own reader, because the library for it (tnefparse 1.4) believes every count in the file: one of
four bytes keeps it busy for hours. The text in RTF is left to libraries.
"""

import struct
from contextlib import suppress
from dataclasses import dataclass, field

from compressed_rtf import decompress
from striprtf.striprtf import rtf_to_text

from standfast.mail.charsets import charset_of_html, decoded
from standfast.mail.html_text import text_of_html
from standfast.mail.mail import Attachment

KINDS = ("application/ms-tnef", "application/vnd.ms-tnef")
SIGNATURE = b"\x78\x9f\x3e\x22"

_MOST = 5_000
"""Attributes of a file, and properties of one of them."""
_MOST_ATTACHMENTS = 200
_DEEPEST = 4
_LONGEST_RTF = 1_000_000
"""Bytes of compressed RTF; it grows to eight times that at most."""
_LONGEST_NAME = 1_000

_BODY, _CODE_PAGE, _PROPERTIES = 0x800C, 0x9007, 0x9003
_NEXT_ATTACHMENT, _TITLE, _DATA, _ATTACHMENT_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005

_TEXT, _HTML, _RTF, _INTERNET_CODE_PAGE = 0x1000, 0x1013, 0x1009, 0x3FDE
_LONG_NAME, _NAME, _DISPLAY_NAME, _OBJECT, _KIND = 0x3707, 0x3704, 0x3001, 0x3701, 0x370E

_NAMED, _SEVERAL = 0x8000, 0x1000
_SIZES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4}
_SIZES |= {0x14: 8, 0x40: 8, 0x48: 16}
_STRING, _UNICODE = 0x1E, 0x1F
_WITH_LENGTH = (_STRING, _UNICODE, 0x0D, 0x102)


@dataclass
class Tnef:
    """What is in a file. `text` is "" where it has none that can be read."""

    text: str = ""
    attachments: list[Attachment] = field(default_factory=list)


def read_tnef(content: bytes, depth: int = 0) -> Tnef:
    """What is in a `winmail.dat`; as much as can be read where it is broken.

    Raises:
        ValueError: it is none.
    """
    if content[: len(SIGNATURE)] != SIGNATURE or depth > _DEEPEST:
        raise ValueError("no TNEF")
    found, texts = Tnef(), _Texts()
    current: _Attached | None = None
    for name, value in _attributes(content):
        if name == _CODE_PAGE and len(value) >= 4:
            texts.code_page = struct.unpack_from("<I", value)[0]
        elif name == _BODY:
            texts.body = texts.body or value
        elif name == _PROPERTIES:
            texts.add(_properties(value))
        elif name == _NEXT_ATTACHMENT:
            _attach(found, current, texts.charset, depth)
            current = _Attached()
        elif current and name in (_TITLE, _DATA):
            current.values[_NAME if name == _TITLE else _OBJECT] = (_STRING, value)
        elif current and name == _ATTACHMENT_PROPERTIES:
            current.values |= _properties(value)
    _attach(found, current, texts.charset, depth)
    found.text = texts.best()
    return found


_Value = tuple[int, bytes]
"""The type of a property, and its bytes."""


@dataclass
class _Attached:
    values: dict[int, _Value] = field(default_factory=dict)


@dataclass
class _Texts:
    """The forms of the text of a message."""

    code_page: int = 1252
    body: bytes = b""
    values: dict[int, _Value] = field(default_factory=dict)

    @property
    def charset(self) -> str:
        return f"cp{self.code_page}"

    def add(self, values: dict[int, _Value]) -> None:
        self.values |= values
        kind, page = values.get(_INTERNET_CODE_PAGE, (0, b""))
        if kind and len(page) >= 4 and not self.body:
            self.code_page = struct.unpack_from("<I", page)[0]

    def best(self) -> str:
        """The text in the simplest form that has any."""
        plain = _string(self.values.get(_TEXT), self.charset) or decoded(self.body, self.charset)
        plain = plain.rstrip("\0")
        if plain.strip():
            return plain.replace("\r\n", "\n")
        kind, html = self.values.get(_HTML, (0, b""))
        if html.strip(b"\0 "):
            charset = "utf-16-le" if kind == _UNICODE else charset_of_html(html) or self.charset
            return text_of_html(decoded(html, charset).rstrip("\0"))
        return _text_of_rtf(self.values.get(_RTF, (0, b""))[1], self.charset)


def _text_of_rtf(packed: bytes, charset: str) -> str:
    if not packed or len(packed) > _LONGEST_RTF:
        return ""
    try:
        rtf = decompress(packed).decode("latin-1")
        text: str = rtf_to_text(rtf, encoding=charset, errors="replace")
        return text.strip()
    except Exception:  # what is no RTF fails in many ways
        return ""


def _attach(found: Tnef, one: _Attached | None, charset: str, depth: int) -> None:
    """Add an attachment; of a message inside, its text and attachments."""
    if one is None or len(found.attachments) >= _MOST_ATTACHMENTS:
        return
    names = (_string(one.values.get(key), charset) for key in (_LONG_NAME, _NAME, _DISPLAY_NAME))
    name = next((name for name in names if name), "")[:_LONGEST_NAME]
    content = one.values.get(_OBJECT, (0, b""))[1]
    begin = content.find(SIGNATURE, 0, 32)
    if begin >= 0:
        try:
            inside = read_tnef(content[begin:], depth + 1)
        except ValueError:
            inside = Tnef()
        if inside.text:
            title = f"{name or 'message'}.txt"
            found.attachments.append(Attachment(title, "text/plain", inside.text.encode()))
        found.attachments.extend(inside.attachments[:_MOST_ATTACHMENTS])
    elif content or name:
        kind = _string(one.values.get(_KIND), charset) or "application/octet-stream"
        found.attachments.append(Attachment(name or "unnamed", kind, content))


def _string(value: _Value | None, charset: str) -> str:
    if value is None:
        return ""
    kind, content = value
    return decoded(content, "utf-16-le" if kind == _UNICODE else charset).rstrip("\0")


def _attributes(content: bytes) -> list[tuple[int, bytes]]:
    """Name and content of each attribute, up to where the file breaks off."""
    found: list[tuple[int, bytes]] = []
    at = 6
    while at + 9 <= len(content) and len(found) < _MOST:
        _, name, _, length = struct.unpack_from("<BHHI", content, at)
        at += 9
        found.append((name, content[at : at + length]))
        at += length + 2  # a checksum
    return found


def _properties(content: bytes) -> dict[int, _Value]:
    """The last value of each property by its number, up to where they break off."""
    found: dict[int, _Value] = {}
    with suppress(struct.error):  # the rest is cut off or broken
        _read_properties(content, found)
    return found


def _read_properties(content: bytes, found: dict[int, _Value]) -> None:
    (count,) = struct.unpack_from("<I", content)
    at = 4
    for _ in range(min(count, _MOST)):
        kind, name = struct.unpack_from("<HH", content, at)
        at += 4
        if name >= _NAMED:
            by_name, length = struct.unpack_from("<II", content, at + 16)
            at += 24
            at += _padded(length) if by_name else 0
        several = bool(kind & _SEVERAL)
        kind &= ~_SEVERAL
        values = 1
        if several or kind in _WITH_LENGTH:
            (values,) = struct.unpack_from("<I", content, at)
            at += 4
        if kind in _SIZES:
            size = _SIZES[kind]
            if several and size == 4 and kind in (0x02, 0x0B):
                size = 2
            found[name] = (kind, content[at : at + size])
            at += _padded(size * values)
        elif kind in _WITH_LENGTH:
            for _ in range(values):
                (length,) = struct.unpack_from("<I", content, at)
                found[name] = (kind, content[at + 4 : at + 4 + length])
                at += 4 + _padded(length)
        else:
            return


def _padded(length: int) -> int:
    return (length + 3) // 4 * 4
