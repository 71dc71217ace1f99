"""Finds "On Monday Ana wrote:" above a quote, in every language, even cut over several lines."""

import re
from collections.abc import Iterable, Sequence

from standfast.mail.mail_programs import MAIL_PROGRAMS

_LONGEST = 500
"""Characters of an attribution, over all its lines."""
_MOST_LINES, _LONGEST_LINE = 5, 300


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_EAST = ("ja", "zh", "ko")
"""Languages that put no space around a word."""
_WROTE = re.compile(
    rf"(?<![^\W\d_])(?:{_any(MAIL_PROGRAMS.all_of('wrote'))})(?![^\W\d_])"
    rf"|{_any(word for one in _EAST for word in MAIL_PROGRAMS.languages[one].wrote)}",
    re.IGNORECASE,
)
_BEFORE_A_DATE = re.compile(
    rf"[-\s\"']{{0,6}}(?:{_any(MAIL_PROGRAMS.before_a_date)})\s", re.IGNORECASE
)
_DATE_FIRST = re.compile(r"[-\s\"']{0,6}(?:\d{1,4}[./年-]\s?\d|[^\W\d_]{1,15}[.,]{0,2}\s\d)")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,2}[./]\d{1,2}[./]\d\d(?!\d)")
_TIME = re.compile(r"(?<!\d)\d{1,2}[:.h]\d\d(?!\d)")
_ADDRESS = re.compile(r"[^\s@<>]@\s?[^\s@<>]")
_END = re.compile(r"(?:[:：]\s{0,3}-{0,10}|\s-{2,10})$")
_LAST_WORDS = tuple({word.split()[-1] for word in MAIL_PROGRAMS.all_of("wrote")})


class Attributions:
    """The attributions in a text, found as far as they are asked for."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._looked_at = 0
        self._ends: dict[int, int] = {}
        self._verbs: dict[int, bool] = {}

    def end_of(self, begin: int) -> int:
        """The line after the attribution that begins at this one; 0 where none does."""
        while self._looked_at < min(begin + _MOST_LINES, len(self._lines)):
            end = self._looked_at
            found = self._begin_of(end)
            if found is not None:
                self._ends.setdefault(found, end + 1)
            self._looked_at += 1
        return self._ends.get(begin, 0)

    def _begin_of(self, end: int) -> int | None:
        """The first line of the attribution whose last is `end`; None where that ends none.

        The surest is one with an address and a date; else one that begins with a date, as far up
        as one line; else one that has a verb and an address or a quote below it.
        """
        last = self._lines[end].rstrip()
        ends = _END.search(last[-15:]) is not None
        ends_with_verb = last.rstrip(" :：-").casefold().endswith(_LAST_WORDS)
        if len(last) > _LONGEST_LINE or not (ends or ends_with_verb):
            return None
        is_quoted = ends and self._is_quote_below(end)
        likely: int | None = None
        has_verb, length = False, 0
        for begin in range(end, max(end - _MOST_LINES, -1), -1):
            line = self._lines[begin]
            length += len(line)
            if not line.strip() or line.startswith(">") or length > _LONGEST:
                break
            has_verb = has_verb or self._has_verb(begin)
            if not has_verb and not is_quoted:
                continue
            together = " ".join(one.strip() for one in self._lines[begin : end + 1])
            has_address = _ADDRESS.search(together) is not None
            has_date = _YEAR.search(together) is not None
            if has_address and has_date:
                return self._with_name(begin)
            is_sure = is_quoted or has_address or (has_verb and ends_with_verb)
            if is_sure and _BEFORE_A_DATE.match(line) and (has_verb or has_date):
                return begin
            has_time = has_date or _TIME.search(together) is not None
            by_date = is_sure and has_time and _DATE_FIRST.match(line) is not None
            by_verb = has_verb and ends and (is_quoted or has_address)
            if likely is None and (by_date or by_verb):
                likely = begin
        return likely

    def _is_quote_below(self, end: int) -> bool:
        below = (line for line in self._lines[end + 1 : end + 4] if line.strip())
        return next(below, "").startswith(">")

    def _has_verb(self, number: int) -> bool:
        if number not in self._verbs:
            line = self._lines[number][:_LONGEST_LINE]
            self._verbs[number] = _WROTE.search(line) is not None
        return self._verbs[number]

    def _with_name(self, begin: int) -> int:
        """The line above, if this one begins with the address of whose name is there."""
        is_cut = self._lines[begin].lstrip().startswith(("<", "(")) and begin > 0
        return begin - 1 if is_cut and self._lines[begin - 1].strip() else begin
