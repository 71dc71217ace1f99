"""`=?utf-8?B?…?=` in headers and file names → text."""

import base64
import binascii
import re

from standfast.mail.charsets import decoded

_WORD = re.compile(r"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?(.{0,2000}?)\?=", re.DOTALL)


def decode_words(text: str) -> str:
    """The text with its encoded words decoded.

    Neighbours with one charset are decoded as one: many programs cut a character in two.
    """
    parts: list[str] = []
    gathered, charset, end = b"", "", 0
    for match in _WORD.finditer(text):
        content = _content(match[2], match[3])
        if content is None:
            continue
        between = text[end : match.start()]
        is_next = bool(gathered) and not between.strip()
        if not (is_next and match[1].lower() == charset):
            parts.append(decoded(gathered, charset))
            gathered, charset = b"", match[1].lower()
        if not is_next:
            parts.append(between)
        gathered, end = gathered + content, match.end()
    return "".join((*parts, decoded(gathered, charset), text[end:]))


def _content(how: str, word: str) -> bytes | None:
    """The bytes of a word; None where it is none."""
    raw = word.encode("utf-8", "replace")
    if how in "qQ":
        return binascii.a2b_qp(raw.replace(b"_", b" "), header=False)
    clean = re.sub(rb"[^A-Za-z0-9+/]", b"", raw.replace(b"-", b"+"))
    if len(clean) % 4 == 1:
        clean = clean[:-1]
    try:
        return base64.b64decode(clean + b"=" * (-len(clean) % 4))
    except (binascii.Error, ValueError):
        return None
