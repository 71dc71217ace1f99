"""Recognises what mail programs write above a quoted message: "On Monday Ana wrote:", a block of
header lines, "-----Original Message-----".
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from standfast.mail.mail_programs import MAIL_PROGRAMS

_LONGEST = 500
"""Characters of an attribution, over all its lines."""
_MOST_LINES, _LONGEST_LINE = 5, 300
_MOST_HEADERS, _MOST_FOLDED = 12, 3


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_ORIGINAL = re.compile(
    rf"\W{{0,5}}[-_=*]{{2,}}\s*(?:{_any(MAIL_PROGRAMS.all_of('original'))})\s*[-_=*]+\W{{0,5}}"
)
_FORWARDED = re.compile(
    rf"[>\s]{{0,5}}(?:[-_=*]{{2,}}\s*(?:{_any(MAIL_PROGRAMS.all_of('forwarded'))})\b.{{0,120}}"
    rf"|(?:{_any(MAIL_PROGRAMS.all_of('forwarded'))})\s?[:：]\s*)"
)
_RULE = re.compile(r"\s*(?:[-_=*]{5,}|[-_=*]{3,}[^-_=*\n]{1,80}[-_=*]{3,})\s*")

_ROLES = ("sender", "sent", "to", "copied", "subject")
_LABELS = {
    word: frozenset(one for one in _ROLES if word in MAIL_PROGRAMS.all_of(one))
    for role in _ROLES
    for word in MAIL_PROGRAMS.all_of(role)
}
_LABEL = re.compile(r"[\s*_]{0,8}([^\W\d_][^:：<>@\n]{0,40}?)[\s*_]{0,8}[:：](?!//)")

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
_ADDRESS = re.compile(r"[^\s@<>]{1,64}@\s?[^\s@<>]{1,255}")
_END = re.compile(r"(?:[:：]\s{0,3}-{0,10}|\s-{2,10})$")


class Attribution(NamedTuple):
    """The lines of an "On Monday Ana wrote:", from `begin` up to but without `end`."""

    begin: int
    end: int


def is_original(line: str) -> bool:
    """Whether this is a line such as "-----Original Message-----"."""
    return len(line) < _LONGEST_LINE and _ORIGINAL.fullmatch(line.casefold()) is not None


def is_forwarded(line: str) -> bool:
    """Whether this is a line such as "---------- Forwarded message ---------"."""
    return len(line) < _LONGEST_LINE and _FORWARDED.fullmatch(line.casefold()) is not None


def is_rule(line: str) -> bool:
    """Whether this is a line of underscores or dashes, perhaps with words between them."""
    return len(line) < _LONGEST_LINE and _RULE.fullmatch(line) is not None


def header_block(lines: list[str], number: int) -> bool:
    """Whether the header lines of a quoted message begin here, or a rule above them.

    They need a sender and two of date, recipient and subject, in any language that is known. Below
    a rule any labels do, if one has an address and one a date.
    """
    below_a_rule = is_rule(lines[number])
    begin = number + 1 if below_a_rule else number
    while below_a_rule and begin < min(number + 4, len(lines)) and not lines[begin].strip():
        begin += 1
    first = _label(lines[begin]) if begin < len(lines) else ""
    if not first or (first not in _LABELS and not below_a_rule):
        return False
    block = _labelled(lines, begin)
    roles = {role for label, _ in block for role in _LABELS.get(label, ())}
    if len(block) < 3:
        return False
    if "sender" in roles and len(roles & {"sent", "to", "subject"}) >= 2:
        return True
    texts = [text for _, text in block]
    has_date = any(_YEAR.search(text) and _TIME.search(text) for text in texts)
    return below_a_rule and has_date and any(map(_ADDRESS.search, texts))


def attribution(lines: list[str], number: int) -> Attribution | None:
    """The "On Monday Ana wrote:" that begins at this line, over up to five lines."""
    for end in range(number, min(number + _MOST_LINES, len(lines))):
        if not lines[end].strip() or len(lines[end]) > _LONGEST_LINE:
            return None
        begin = _begin_of_attribution(lines, end)
        if begin is not None:
            return Attribution(begin, end + 1) if begin == number else None
    return None


def _begin_of_attribution(lines: list[str], end: int) -> int | None:
    """The first line of the attribution whose last is `end`; None where that ends none."""
    last = lines[end].rstrip()
    ends = _END.search(last[-15:]) is not None
    verb = _WROTE.search(last)
    if not ends and not (verb and verb.end() == len(last)):
        return None
    following = next((line for line in lines[end + 1 : end + 4] if line.strip()), "")
    is_quoted = ends and following.startswith(">")
    likely: int | None = None
    for begin in range(end, max(end - _MOST_LINES, -1), -1):
        if not lines[begin].strip() or lines[begin].startswith(">"):
            break
        together = " ".join(line.strip() for line in lines[begin : end + 1])
        wrote = _WROTE.search(together)
        if len(together) > _LONGEST or not (wrote or is_quoted):
            continue
        has_address = _ADDRESS.search(together) is not None
        has_date = _YEAR.search(together) is not None
        if has_address and has_date:
            return _with_name(lines, begin)
        ends_with_verb = wrote is not None and len(together) - wrote.end() <= 2
        is_sure = is_quoted or has_address or ends_with_verb
        if is_sure and _BEFORE_A_DATE.match(lines[begin]) and (wrote or has_date):
            return begin
        has_time = has_date or _TIME.search(together) is not None
        if is_sure and _DATE_FIRST.match(lines[begin]) and has_time and likely is None:
            likely = begin
        if likely is None and wrote and ends and (is_quoted or has_address):
            likely = begin
    return likely


def _with_name(lines: list[str], begin: int) -> int:
    """The line above, if this one begins with the address of whose name is there."""
    is_cut = lines[begin].lstrip().startswith(("<", "(")) and begin > 0
    return begin - 1 if is_cut and lines[begin - 1].strip() else begin


def _labelled(lines: list[str], begin: int) -> list[tuple[str, str]]:
    """Label and text of the lines "Label: text" from here on; long ones may go over several."""
    found: list[tuple[str, str]] = []
    folded = 0
    for line in lines[begin : begin + 3 * _MOST_HEADERS]:
        label = _label(line)
        if label:
            found.append((label, line.partition(":")[2][:_LONGEST_LINE]))
            folded = 0
        else:
            folded += 1
        if folded > _MOST_FOLDED or len(found) == _MOST_HEADERS:
            break
    return found


def _label(line: str) -> str:
    """The label of a line "Label: text" in lower case; "" where it is none."""
    match = _LABEL.match(line[:_LONGEST_LINE])
    return " ".join(match[1].casefold().split()) if match else ""
