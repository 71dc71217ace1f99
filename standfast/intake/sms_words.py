"""What an SMS asks: the code of a page, and what to do. All else in it is a note."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from standfast.incidents.actions import Action
from standfast.messages.normal_form import normal_form
from standfast.policy.answers import LETTERS

_NOTE_IS = MappingProxyType(
    {Action.ESCALATE: "reason", Action.DECLINE: "reason", Action.RESOLVE: "summary"}
)
"""The field of the action that the rest of the text fills."""

_CODE = re.compile(r"(?<![\w.,:/+-])[0-9]{4}(?![\w/+-])", re.ASCII)
_GLUED = re.compile(r"([^\W\d_]+)[ -]?([0-9]{4})(?![\w/+-])")
"""The first word and a code with nothing or a `-` between them."""

_MOST_CODES = 3
"""Numbers of a text that may be the code: of years and ports in a note there could be many."""

_LONGEST = 1_600
_BETWEEN = " \t\r\n.,:;!-#\"'\u2013\u2014"
_ENDS = re.compile(r"[:;,.!\n\u2013\u2014]| - ")
"""What ends the words of an answer, as the code does."""


class Asked(NamedTuple):
    """What an SMS asks; `given` are further fields of the action's payload."""

    action: Action
    given: Mapping[str, object]


class SmsWords:
    """Reads what SMS ask, in these words besides single letters; upper and lower case are alike."""

    def __init__(self, words: Mapping[Action, Iterable[str]]) -> None:
        by_word = {_folded(word): action for action, given in words.items() for word in given}
        self._words = {**by_word, **LETTERS}

    def codes_in(self, text: str) -> list[str]:
        """What may be the code of a page, in the order of the text."""
        return [found[0] for found in _CODE.finditer(self._tidy(text))][:_MOST_CODES]

    def asked(self, text: str, code: str) -> Asked | None:
        """What is asked beside the code; None where no answer is certain.

        The words stand alone, or are set off from a note by the code or by a sign: `ack 4711 on my
        way` and `4711 ack, on my way` are answers, `4711 ack it later` is none. A code alone is an
        acknowledgement; nothing at all, or a question, is not.
        """
        head, note, is_there = _parted(self._tidy(text), code)
        if not head:
            return Asked(Action.ACKNOWLEDGE, {}) if is_there and not _is_question(text) else None
        action = self._words.get(_folded(head))
        if action is None or (action is Action.ACKNOWLEDGE and _is_question(text)):
            return None
        return Asked(action, {_NOTE_IS[action]: note} if note and action in _NOTE_IS else {})

    def _tidy(self, text: str) -> str:
        """As it was meant: digits of other scripts, wide letters and `a4711` are as good as others,
        and nothing invisible counts, which some phones put around what is pasted.
        """
        kept = "".join(map(_plain, normal_form("NFKC", text[:_LONGEST]))).strip(_BETWEEN)
        glued = _GLUED.match(kept)
        if glued and _folded(glued[1]) in self._words:
            return f"{glued[1]} {glued[2]}{kept[glued.end() :]}"
        return kept


def _parted(text: str, code: str) -> tuple[str, str, bool]:
    """The words of an answer, the note, and whether the code is in the text."""
    before, after, is_there = "", text, False
    for found in _CODE.finditer(text):
        if found[0] == code:
            before, after, is_there = text[: found.start()], text[found.end() :], True
            break
    if before.strip(_BETWEEN):
        head, note = _set_off(before)
        return head, " ".join(filter(None, (note, after.strip(_BETWEEN)))), is_there
    return *_set_off(after), is_there


def _set_off(text: str) -> tuple[str, str]:
    """A text as what stands before the first sign that ends it, and what comes after."""
    text = text.strip(_BETWEEN)
    end = _ENDS.search(text)
    return (text[: end.start()], text[end.end() :].strip(_BETWEEN)) if end else (text, "")


def _is_question(text: str) -> bool:
    return "?" in text


def _folded(words: str) -> str:
    return " ".join(words.casefold().split())


def _plain(letter: str) -> str:
    if letter.isascii():
        return letter
    kind = unicodedata.category(letter)
    if kind == "Nd":
        return str(unicodedata.decimal(letter))
    return "" if kind == "Cf" else letter
