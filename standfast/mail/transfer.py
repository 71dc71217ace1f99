"""Base64, quoted-printable and uuencode → bytes, as far as they can be read."""

import base64
import binascii
import re

from standfast.mail.armour import uudecode

_BASE64 = re.compile(rb"[A-Za-z0-9+/]*={0,3}")
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/=\t ]*")


def transferred(payload: bytes, encoding: str) -> bytes:
    """The content of a part. `encoding` is the Content-Transfer-Encoding, in lower case."""
    if "base64" in encoding:
        return _base64(payload)
    if "quoted" in encoding:
        return binascii.a2b_qp(payload)
    if "uu" in encoding:
        return uudecode(payload)
    return payload


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
    content = b"".join(map(_chunk, re.findall(rb"[^=]+=*", re.sub(rb"[^A-Za-z0-9+/=]", b"", head))))
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
