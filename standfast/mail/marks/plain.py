"""Texts as they are compared: without case, accents, invisible characters and kinds of spaces."""

import re
import unicodedata
from collections.abc import Iterable

from standfast.messages.normal_form import normal_form

_SPACES = re.compile(r"\s+")
_ALIKE = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "’": "'"})
"""Letters that Unicode does not take apart, and that many keyboards do not have."""

_INVISIBLE = ("Mn", "Cf", "Cc")
_ENDS_A_LABEL = (
    r"(?:\s*(?:[:\])(!|;,.\-–—]|$)| (?:from|von|de|da|di|van|av|af|od|от|para) [^:]{1,60}:)"
)


def plain(text: str) -> str:
    """A text as it is compared.

    >>> plain("Odpowiedź  AUTOMATYCZNA：")
    'odpowiedz automatyczna:'
    """
    # Casefolding puts some letters together again, such as the Turkish dotted I.
    folded = normal_form("NFKD", normal_form("NFKD", text).casefold())
    spaced = _SPACES.sub(" ", folded)
    kept = "".join(one for one in spaced if unicodedata.category(one) not in _INVISIBLE)
    return kept.translate(_ALIKE).strip()


class Phrases:
    """Phrases that are looked for in a plain text; their order does not matter."""

    def __init__(self, phrases: Iterable[str]) -> None:
        longest_first = sorted({plain(one) for one in phrases}, key=len, reverse=True)
        choice = "|".join(re.escape(one) for one in longest_first)
        self._anywhere = re.compile(choice)
        self._label = re.compile(rf"(?:{choice}){_ENDS_A_LABEL}")
        self._beginning = re.compile(rf"(?:{choice})(?!\w)")
        self._whole = re.compile(rf"(?<!\w)(?:{choice})(?!\w)")

    def label(self, text: str) -> str:
        """The phrase with which a text begins, and after which a colon or the like comes."""
        found = self._label.match(text)
        return found[0].strip() if found else ""

    def beginning(self, text: str) -> str:
        """The phrase with which a text begins, whatever comes after it."""
        found = self._beginning.match(text)
        return found[0].strip() if found else ""

    def words(self, text: str) -> str:
        """The first phrase in a text that is not a part of a longer word."""
        found = self._whole.search(text)
        return found[0].strip() if found else ""

    def inside(self, text: str, within: int | None = None) -> str:
        """The first phrase in a text; `within`: only if it begins in so many characters."""
        found = self._anywhere.search(text)
        if not found or (within is not None and found.start() > within):
            return ""
        return found[0].strip()
