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
    rf"\W{{0,5}}[-_=*#]{{2,}}\s*(?:{_any(MAIL_PROGRAMS.all_of('original'))})\s*[-_=*]+\W{{0,5}}"
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


def end_of_headers(lines: list[str], number: int) -> int:
    """The line after the headers of a quoted message that begin here, or with a rule above them;
    0 where none do.

    They need a sender, two of date, recipient and subject, and a subject, an address or a year, in
    any language that is known. Below a rule any labels do, if one has an address and one a date.
    """
    below_a_rule = is_rule(lines[number])
    begin = number + 1 if below_a_rule else number
    while below_a_rule and begin < min(number + 4, len(lines)) and not lines[begin].strip():
        begin += 1
    first = _label(lines[begin]) if begin < len(lines) else ""
    if not first or (first not in _LABELS and not below_a_rule):
        return 0
    block, end = _labelled(lines, begin)
    roles = {role for label, _ in block for role in _LABELS.get(label, ())}
    if len(block) < 3:
        return 0
    has_address = any(_ADDRESS.search(line[:_LONGEST_LINE]) for line in lines[begin:end])
    years = [text for _, text in block if _YEAR.search(text)]
    is_sure = below_a_rule or has_address or "subject" in roles or years
    if is_sure and "sender" in roles and len(roles & {"sent", "to", "subject"}) >= 2:
        return end
    has_date = any(map(_TIME.search, years))
    return end if below_a_rule and has_date and has_address else 0


def _labelled(lines: list[str], begin: int) -> tuple[list[tuple[str, str]], int]:
    """Label and text of the lines "Label: text" from here on, and the line after the last of them;
    long ones may go over several.
    """
    found: list[tuple[str, str]] = []
    folded, end = 0, begin
    for number, line in enumerate(lines[begin : begin + 3 * _MOST_HEADERS], begin):
        label = _label(line)
        if label:
            found.append((label, re.split("[:：]", line[:_LONGEST_LINE], maxsplit=1)[1]))
            folded, end = 0, number + 1
        else:
            folded += 1
        if folded > _MOST_FOLDED or len(found) == _MOST_HEADERS:
            break
    return found, end


def _label(line: str) -> str:
    """The label of a line "Label: text" in lower case; "" where it is none."""
    match = _LABEL.match(line[:_LONGEST_LINE])
    return " ".join(match[1].casefold().split()) if match else ""
