"""The part of an error message that comes back when the error does.

What differs from one occurrence to the next is masked: numbers, times, hexadecimal ids, UUIDs and
addresses in the message and in the lines that are searched alike; a quoted string of the message
stands for any text. Upper and lower case and the width of spaces do not matter. No pattern that a
reporter wrote is ever run as a regular expression.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from standfast.logs.masking import masked, one_spaced

_QUOTED = re.compile(r"\"[^\"]{0,300}\"|`[^`]{0,300}`|“[^”]{0,300}”|(?<!\w)'[^']{0,300}'(?!\w)")
_LONGEST_QUOTED = 400
"""Characters that a quoted string of the message may take in a line."""

_SPEAKS_OF_FAILURE = re.compile(
    r"error|exception|fail|fatal|panic|refused|denied|timed? ?out|cannot|can't|could not|unable"
)
_WORD = re.compile(r"[^\W\d_]+")
_PREFIX = re.compile(
    r"(?:[\W_]|(?:error|err|warn(?:ing)?|critical|crit|fatal|severe|info|debug|utc)\b)+"
)
_FEWEST_LETTERS = 8
"""In fewer letters than "disk full" has, a signature would be found everywhere."""


@dataclass(frozen=True)
class Signature:
    """What to look for: `fragments` in this order in one line, folded, masked if `masked`."""

    fragments: tuple[str, ...]
    masked: bool = True

    def is_in(self, line: str) -> bool:
        """Whether `line` holds the error. Mostly a word is missing, which is cheap to see."""
        folded = line.casefold()
        if not all(word in folded for word in self._words):
            return False
        text = one_spaced(folded)
        if self.masked:
            text = masked(text)
        end = text.find(self.fragments[0])
        if end < 0:
            return False
        for before, fragment in pairwise(self.fragments):
            end += len(before)
            end = text.find(fragment, end, end + _LONGEST_QUOTED + len(fragment))
            if end < 0:
                return False
        return True

    @cached_property
    def _words(self) -> list[str]:
        words = {word for fragment in self.fragments for word in _WORD.findall(fragment)}
        return sorted(words, key=len, reverse=True)

    def __str__(self) -> str:
        return " … ".join(self.fragments)


def signature_of(error_message: str) -> Signature | None:
    """The signature of an error message; None when it holds too little to be recognised by.

    Of several lines, such as a stack trace's, it is the first that speaks of a failure, or else
    the longest. A mere code such as `ORA-01555` is looked for as it is.

    >>> str(signature_of('2026-11-24 10:11:12 ERROR db: connection 17 to "orders" lost'))
    'db: connection # to … lost'
    """
    line = one_spaced(_telling_line(error_message))
    for parts in (_QUOTED.split(line), [line]):
        fragments = _trimmed([masked(part) for part in parts])
        letters = sum(len(word) for fragment in fragments for word in _WORD.findall(fragment))
        if letters >= _FEWEST_LETTERS:
            return Signature(fragments)
    if any(map(str.isdigit, line)) and _WORD.search(line):
        return Signature((line,), masked=False)
    return None


def _telling_line(text: str) -> str:
    lines = [line for line in text.casefold().splitlines() if line.strip()]
    speaking = (line for line in lines if _SPEAKS_OF_FAILURE.search(line))
    return next(speaking, max(lines, key=len, default=""))


def _trimmed(parts: list[str]) -> tuple[str, ...]:
    """Without what the log may write otherwise: time and level in front, punctuation behind."""
    front = _PREFIX.match(parts[0])
    parts[0] = parts[0][front.end() :] if front else parts[0]
    end = next((at for at, sign in enumerate(reversed(parts[-1])) if sign.isalnum()), 0)
    parts[-1] = parts[-1][: len(parts[-1]) - end]
    return tuple(part.strip() for part in parts if _WORD.search(part))
