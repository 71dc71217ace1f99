"""Takes the message out of a signed S/MIME part.

The signature is not verified: whoever wants that lets the mail server do it. Here it is only what
wraps the text.
"""

import zlib
from typing import NamedTuple

from asn1crypto import cms

KINDS = ("application/pkcs7-mime", "application/x-pkcs7-mime")

ENCRYPTED = "is encrypted (S/MIME) and cannot be read here"
_UNREADABLE = "is an S/MIME part that cannot be read"
_LARGEST = 25_000_000
"""Bytes of a message inside; compressed ones could become far larger."""


class Unwrapped(NamedTuple):
    """What is inside, or why it cannot be read."""

    content: bytes = b""
    problem: str = ""


def is_wrapped(kind: str, name: str) -> bool:
    """Whether a part is S/MIME around a message, not a signed document such as `plan.pdf.p7m`."""
    stem, dot, ending = name.strip().lower().rpartition(".")
    if dot:
        return (
            ending in ("p7m", "p7z")
            and "." not in stem
            and (kind in KINDS or stem in ("smime", "smime1"))
        )
    return kind in KINDS


def unwrap(content: bytes) -> Unwrapped:
    """The content of a signed or compressed part."""
    try:
        info = cms.ContentInfo.load(content)
        kind = info["content_type"].native
        if kind in ("enveloped_data", "authenticated_enveloped_data", "encrypted_data"):
            return Unwrapped(problem=ENCRYPTED)
        if kind not in ("signed_data", "compressed_data", "digested_data"):
            return Unwrapped(problem=_UNREADABLE)
        inside = info["content"]["encap_content_info"]["content"]
        found = b"" if inside.native is None else bytes(inside)
        if kind == "compressed_data":
            found = zlib.decompressobj().decompress(found, _LARGEST)
    except Exception as error:  # the library raises what it likes
        return Unwrapped(problem=f"{_UNREADABLE} ({type(error).__name__})")
    if not found:
        return Unwrapped(problem="is only a signature")
    return Unwrapped(found[:_LARGEST])
