"""Recognises the lines that mail programs write above a quoted message: its headers, in every
language, and "-----Original Message-----"; attributions.py has "On Monday Ana wrote:".
"""

import re
from collections.abc import Iterable

from standfast.mail.mail_programs import MAIL_PROGRAMS

_LONGEST_LINE = 300
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
_WORDS = {role: frozenset(MAIL_PROGRAMS.all_of(role)) for role in _ROLES}
_LABELS = {
    word: frozenset(role for role in _ROLES if word in _WORDS[role])
    for word in frozenset().union(*_WORDS.values())
}
_LABEL = re.compile(r"[\s*_]{0,8}([^\W\d_][^:：<>@\n]{0,40}?)[\s*_]{0,8}[:：](?!//)")

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,2}[./]\d{1,2}[./]\d\d(?!\d)")
_TIME = re.compile(r"(?<!\d)\d{1,2}[:.h]\d\d(?!\d)")
_ADDRESS = re.compile(r"[^\s@<>]@\s?[^\s@<>]")


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


def _labelled(lines: list[str], begin: int) -> list[tuple[str, str]]:
    """Label and text of the lines "Label: text" from here on; long ones may go over several."""
    found: list[tuple[str, str]] = []
    folded = 0
    for line in lines[begin : begin + 3 * _MOST_HEADERS]:
        label = _label(line)
        if label:
            found.append((label, re.split("[:：]", line[:_LONGEST_LINE], maxsplit=1)[1]))
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
