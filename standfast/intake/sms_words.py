"""What an SMS asks: the code of a page, and what to do. All else in it is a note."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from standfast.incidents.actions import Action

_LETTERS = MappingProxyType(
    {
        "a": Action.ACKNOWLEDGE,
        "e": Action.ESCALATE,
        "n": Action.DECLINE,
        "r": Action.RESOLVE,
    }
)
"""What one letter means, whatever words the policy has."""

USUAL: Mapping[Action, tuple[str, ...]] = MappingProxyType(
    {
        Action.ACKNOWLEDGE: ("ack", "acknowledge", "acknowledged", "ok", "yes"),
        Action.ESCALATE: ("escalate", "up"),
        Action.DECLINE: ("not me", "next", "decline", "no"),
        Action.RESOLVE: ("resolved", "fixed", "done"),
    }
)
"""Words where the policy has none of its own."""

_NOTE_IS = MappingProxyType(
    {Action.ESCALATE: "reason", Action.DECLINE: "reason", Action.RESOLVE: "summary"}
)
"""The field of the action that the rest of the text fills."""

_CODE = re.compile(r"(?<![\w.,:/+-])[0-9]{4}(?![\w/+-])", re.ASCII)
_MOST_CODES = 3
"""Numbers of a text that may be the code: of years and ports in a note there could be many."""

_LONGEST = 1_600
_BETWEEN = " \t\r\n.,:;!-#\"'"


class Asked(NamedTuple):
    """What an SMS asks; `given` are further fields of the action's payload."""

    action: Action
    given: Mapping[str, object]


class SmsWords:
    """Reads what SMS ask, in these words besides single letters."""

    def __init__(self, words: Mapping[Action, Iterable[str]]) -> None:
        by_word = {word: action for action, given in words.items() for word in given}
        # The longest first: `not me` before `not`.
        self._words = dict(sorted(by_word.items(), key=lambda each: -len(each[0])))

    def codes_in(self, text: str) -> list[str]:
        """What may be the code of a page, in the order of the text."""
        return [found[0] for found in _CODE.finditer(_tidy(text))][:_MOST_CODES]

    def asked(self, text: str, code: str) -> Asked | None:
        """What is asked beside the code; None where no word of it is known.

        A code alone is an acknowledgement, nothing at all is not.
        """
        rest = _without(text, code)
        if not rest:
            return Asked(Action.ACKNOWLEDGE, {}) if self.codes_in(text) else None
        for word, action in (*self._words.items(), *_LETTERS.items()):
            if found := re.match(rf"{re.escape(word)}(?!\w)", rest, re.IGNORECASE):
                note = rest[found.end() :].strip(_BETWEEN)
                return Asked(
                    action, {_NOTE_IS[action]: note} if note and action in _NOTE_IS else {}
                )
        return None


def _without(text: str, code: str) -> str:
    """The text without the code, which may stand before or behind what is asked."""
    text = _tidy(text)
    for found in _CODE.finditer(text):
        if found[0] == code:
            parts = (text[: found.start()].strip(_BETWEEN), text[found.end() :].strip(_BETWEEN))
            return " ".join(filter(None, parts))
    return text


def _tidy(text: str) -> str:
    """Wide letters and digits, as some phones write them, are as good as others."""
    return unicodedata.normalize("NFKC", text[:_LONGEST]).strip(_BETWEEN)
