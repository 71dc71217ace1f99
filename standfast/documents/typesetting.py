"""Sets a document with Typst: for a process of its own, which ends after it.

What the document says is data that one of our templates puts on pages: never markup.
"""

import json
import os
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

_TEMPLATES = Path(__file__).parent

_NOT_SHOWN = re.compile(r'the text `"(.+?)"` could not be displayed')
_BY_NUMBER = re.compile(r"\\u\{([0-9a-f]+)\}")
"""A letter as Typst's messages write it if it cannot be printed: `\\u{e9f0}`."""

_ACCESSIBLE: Final = "ua-1"
"""PDF/UA, for screen readers. Among others it refuses letters that no font has."""


def typeset(template: str, content: Mapping[str, Any], at: datetime) -> bytes:
    """A PDF: the template of this name with this content, which is JSON; the same bytes each time.

    The template gets `content` and `not_shown`, words for the letters that no font here has.
    at: when it is said to be made.
    """
    os.environ["RAYON_NUM_THREADS"] = "1"  # each thread reserves memory, of which there is a limit
    from typst import TypstError  # not before: no other process needs its 60 MB

    said, seconds = json.dumps(content), int(at.timestamp())
    try:
        return _compiled(template, said, "", seconds, accessible=True)
    except TypstError as error:
        named = "".join(_NOT_SHOWN.findall(error.diagnostic))
        letters = _BY_NUMBER.sub(lambda letter: chr(int(letter[1], 16)), named)
    try:  # it has tags without the standard, too
        return _compiled(template, said, _words_of(letters), seconds, accessible=False)
    except TypstError as error:
        raise RuntimeError(f"{template}: {error.diagnostic}") from None


def _compiled(
    template: str, content: str, not_shown: str, seconds: int, *, accessible: bool
) -> bytes:
    import typst

    made, _ = typst.compile_with_warnings(
        _TEMPLATES / template,
        root=_TEMPLATES,
        sys_inputs={"content": content, "not_shown": not_shown},
        format="pdf",
        pdf_standards=[_ACCESSIBLE] if accessible else [],
        timestamp=seconds,
    )
    if not isinstance(made, bytes):
        raise TypeError(f"{template}: Typst made no document")
    return made


def _words_of(letters: str) -> str:
    """`CJK, Thai, U+1FAE8`: what is missing, in letters that every font has."""
    words = dict.fromkeys(map(_script_of, letters))
    return ", ".join([*words][:12]) + (", and others" if len(words) > 12 else "")


def _script_of(letter: str) -> str:
    name = unicodedata.name(letter, "").split()
    if name and unicodedata.category(letter)[0] in "LM":
        return name[0] if name[0] == "CJK" else name[0].capitalize()
    return f"U+{ord(letter):04X}"
