"""Text without what disturbs a terminal or a log. Imports no pydantic: the command line uses it."""

import re
from typing import Any

_SURROGATES = re.compile("[\ud800-\udfff]")
_DISTURBING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def decodable(value: Any) -> Any:
    """Replace lone surrogates, left by undecodable bytes, with U+FFFD instead of failing."""
    return _SURROGATES.sub("\ufffd", value) if isinstance(value, str) else value


def clean(text: str) -> str:
    """Drop characters that disturb a terminal, a log or the text direction; keep lines and tabs."""
    return _DISTURBING.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def in_one_line(text: str) -> str:
    """The same in one line, words a space apart."""
    return " ".join(clean(text).split())


def one_line(text: str) -> str:
    """Any text as one clean line, also one with undecodable bytes."""
    return in_one_line(decodable(text))
