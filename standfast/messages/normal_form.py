"""Unicode's normal forms, of any text, in a time that is proportional to its length.

Putting the marks on one letter into their order takes the square of their number, and the whole
process stands still meanwhile. So no letter keeps more than 30 of them, as in the Stream-Safe Text
Format of Unicode (UAX #15); no script needs ten.
"""

import functools
import re
import unicodedata
from typing import Literal, TypeAlias

Form: TypeAlias = Literal["NFC", "NFD", "NFKC", "NFKD"]

MOST_MARKS = 30
"""Marks on one letter that are kept; further ones are dropped."""

_FIRST, _LAST = 0x300, 0x1FFFF
"""Where marks are; `tests/messages/test_normal_form.py` looks at all the rest."""

_WITHOUT_MARKS = ((0x3400, 0xA000), (0xAC00, 0xE000), (0x17000, 0x18D00))
"""Chinese, Korean and Tangut characters, and surrogates: left out, since they are many."""


def with_few_marks(text: str) -> str:
    """`text`, where a letter has no more than so many marks."""
    if len(text) <= MOST_MARKS or text.isascii():
        return text
    return _too_many().sub(r"\1", text)


def normal_form(form: Form, text: str) -> str:
    """`text` in a normal form of Unicode, where a letter has no more than so many marks."""
    return unicodedata.normalize(form, with_few_marks(text))


@functools.cache
def _too_many() -> re.Pattern[str]:
    """More marks in a row than are kept; made when the first text needs it, in some 15 ms."""
    marks = "".join(f"{chr(first)}-{chr(last)}" for first, last in _runs_of_marks())
    return re.compile(f"([{marks}]{{{MOST_MARKS}}})[{marks}]+")


def _runs_of_marks() -> list[tuple[int, int]]:
    """The code points of all marks, as ranges."""
    runs: list[tuple[int, int]] = []
    at = _FIRST
    for begin, end in (*_WITHOUT_MARKS, (_LAST + 1, 0)):
        for number in range(at, begin):
            if not is_mark(chr(number)):
                continue
            if runs and runs[-1][1] == number - 1:
                runs[-1] = (runs[-1][0], number)
            else:
                runs.append((number, number))
        at = end
    return runs


def is_mark(character: str) -> bool:
    """Whether its decomposition begins with a mark, so that it joins those before it."""
    if unicodedata.combining(character):
        return True
    decomposed = unicodedata.decomposition(character)
    if not decomposed:
        return False
    return unicodedata.combining(unicodedata.normalize("NFKD", character)[0]) > 0
