"""Base64, quoted-printable and uuencode → bytes, as far as they can be read."""

import base64
import binascii
import re
from itertools import islice

from standfast.mail.armour import uudecode

_BASE64 = re.compile(rb"[A-Za-z0-9+/]*={0,3}")
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/=\t ]*")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_WORDS = re.compile(r"\w[^\w\n]{0,3}[ \u3000]\S|[^\x00-\x7f]")
_MOST_CHUNKS = 100_000
"""Pieces of base64 that end by themselves: some programs encode each line so."""

_HEAD, _SHORTEST_UNNAMED = 2_000, 60
"""Bytes of a text in which its first line is looked for, and of base64 that no header names."""


def transferred(payload: bytes, encoding: str) -> bytes:
    """The content of a part. `encoding` is the Content-Transfer-Encoding, in lower case."""
    if "base64" in encoding:
        return _base64(payload)
    if "quoted" in encoding:
        return binascii.a2b_qp(payload)
    if "uu" in encoding:
        return uudecode(payload)
    return payload


def text_bytes(payload: bytes, encoding: str) -> bytes:
    """The content of a part that is text: as `transferred`, but some programs write `base64` above
    plain words, and others base64 without saying so.
    """
    content = transferred(payload, encoding)
    if "base64" in encoding:
        return payload if _is_plain(payload) and not _is_text(content) else content
    together = payload.translate(None, b"\r\n")
    if encoding or len(together) < _SHORTEST_UNNAMED or len(together) % 4:
        return content
    if not _BASE64.fullmatch(together):
        return content
    inside = _chunk(together)
    return inside if _is_text(inside, needs_space=True) else content


def _is_plain(payload: bytes) -> bool:
    """Whether this is not base64, by its first line, or by its length where it is a short one."""
    lines = payload[:_HEAD].split(b"\n")
    first = next((line.strip() for line in lines if line.strip()), b"")
    is_short = len(payload.strip()) <= _SHORTEST_UNNAMED and len(first) % 4 > 0
    return b" " in first or not _BASE64.fullmatch(first) or is_short


def _is_text(content: bytes, needs_space: bool = False) -> bool:
    """Whether these bytes are words: UTF-8, nothing that controls a machine."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    if not text or _CONTROL.search(text):
        return False
    return not needs_space or _WORDS.search(text) is not None


def _base64(payload: bytes) -> bytes:
    """Lists add their footer below base64, as plain text: it is kept as it is."""
    together = payload.translate(None, b"\r\n\t ")
    if _BASE64.fullmatch(together):
        return _chunk(together)
    lines = payload.splitlines(keepends=True)
    coded = 0
    while coded < len(lines) and _BASE64_LINE.fullmatch(lines[coded].rstrip(b"\r\n")):
        coded += 1
        if coded < len(lines) and _is_words(lines[coded - 1]):
            coded -= 1
            break
    head, footer = b"".join(lines[:coded]), b"".join(lines[coded:])
    if not head.strip():
        head, footer = payload, b""
    clean = re.sub(rb"[^A-Za-z0-9+/=]", b"", head)
    chunks = islice(re.finditer(rb"[^=]+=*", clean), _MOST_CHUNKS)
    content = b"".join(_chunk(chunk[0]) for chunk in chunks)
    return content + (b"\n" + footer if footer.strip() else b"")


def _is_words(line: bytes) -> bool:
    return len(line.split()) > 2


def _chunk(coded: bytes) -> bytes:
    clean = coded.rstrip(b"=")
    if len(clean) % 4 == 1:
        clean = clean[:-1]
    try:
        return base64.b64decode(clean + b"=" * (-len(clean) % 4))
    except (binascii.Error, ValueError):
        return b""
