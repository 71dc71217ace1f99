"""The text of a webhook's bytes: unpacked, and in the encoding that they are in."""

import codecs
import json
import zlib
from email.message import Message
from typing import NamedTuple

LARGEST_UNPACKED = 10_000_000
"""Bytes that are unpacked of a compressed body; what follows is left out."""

COMPRESSED = (b"\x1f\x8b", b"x\x01", b"x\x9c", b"x\xda")
"""How gzip and zlib begin; senders forget the header that says so."""

_ENCODINGS = ("iso8859", "cp", "shift", "euc", "gb", "big5", "koi8", "utf-16", "utf-32", "mac")
"""The beginnings of names, as Python writes them, of encodings that a header may name."""

_LONGEST_TYPE = 500
"""Characters of a content type; reading its parameters takes the square of their number."""

_STRAY_BYTES = {
    0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)
}


class BodyText(NamedTuple):
    """`note`: what was odd about its bytes. `cut_off`: whether more followed than was unpacked."""

    text: str
    note: str = ""
    cut_off: bool = False


def body_text(raw: bytes, content_type: str = "") -> BodyText:
    """The text of `raw`, whatever it holds: bytes that are no UTF-8 are read as Windows-1252.

    Where they are not UTF-8 and the content type names an encoding, that counts.
    """
    cut_off = False
    if raw.startswith(COMPRESSED):
        raw, cut_off = _unpacked(raw)
    encoding = json.detect_encoding(raw)
    if not encoding.startswith("utf-8"):
        return BodyText(raw.decode(encoding, "replace").lstrip("\ufeff"), "", cut_off)
    text = raw.decode(encoding, "surrogateescape")
    if text.isascii() or not any("\udc80" <= character <= "\udcff" for character in text):
        return BodyText(text, "", cut_off)
    named = _named(content_type)
    if named:
        return BodyText(raw.decode(named, "replace"), "", cut_off)
    note = "some of its bytes are not UTF-8, and were read as Windows-1252"
    return BodyText(text.translate(_STRAY_BYTES), note, cut_off)


def _unpacked(raw: bytes) -> tuple[bytes, bool]:
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # gzip or zlib, as it begins
    try:
        unpacked = unpacker.decompress(raw, LARGEST_UNPACKED)
    except zlib.error:
        return raw, False
    return unpacked, bool(unpacker.unconsumed_tail) or not unpacker.eof


def _named(content_type: str) -> str:
    message = Message()
    message["content-type"] = " ".join(content_type[:_LONGEST_TYPE].split())
    try:
        name = codecs.lookup(str(message.get_content_charset("utf-8"))).name
    except (LookupError, ValueError):
        return ""
    return name if name.startswith(_ENCODINGS) else ""
