"""Text without what disturbs a terminal or a log. Imports no pydantic: the command line uses it."""

import re
from typing import Any

from standfast.messages.normal_form import with_few_marks

_SURROGATES = re.compile("[\ud800-\udfff]")
# All that Unicode has drawn as nothing (Default_Ignorable_Code_Point, other format characters and
# the blanks U+115F, U+2800, U+3164, U+FFA0).
_IGNORABLE = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_INVISIBLE = re.compile(f"[{_IGNORABLE}]")
_VISIBLE = re.compile(f"[^\\s\x00-\x1f\x7f-\xa0{_IGNORABLE}]")
_DISTURBING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def decodable(value: Any) -> Any:
    """Replace lone surrogates, left by undecodable bytes, with U+FFFD instead of failing."""
    return _SURROGATES.sub("\ufffd", value) if isinstance(value, str) else value


def clean(text: str) -> str:
    """Drop characters that disturb a terminal, a log or the text direction; keep lines and tabs.

    A text in which nothing can be seen is an empty one, and no letter keeps more than 30 marks.
    """
    cleaned = _DISTURBING.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    cleaned = with_few_marks(cleaned)
    return cleaned if _VISIBLE.search(cleaned) else ""


def without_invisible(text: str) -> str:
    """The text without what is drawn as nothing. For comparing: some scripts need such letters."""
    return _INVISIBLE.sub("", text)


def in_one_line(text: str) -> str:
    """The same in one line, words a space apart."""
    return " ".join(clean(text).split())


def one_line(text: str) -> str:
    """Any text as one clean line, also one with undecodable bytes."""
    return in_one_line(decodable(text))
