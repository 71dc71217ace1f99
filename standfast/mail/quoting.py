"""Strips the quoted message and the signature from a reply.

It cuts only at marks that mail programs make. In doubt everything stays: too much text does no
harm.
"""

import re
from typing import NamedTuple

from standfast.mail.attributions import Attributions
from standfast.mail.mail import Mail
from standfast.mail.mail_programs import MAIL_PROGRAMS
from standfast.mail.quote_marks import header_block, is_forwarded, is_original, is_rule
from standfast.mail.signatures import without_signature, without_warnings

_MOST_LINES = 5_000
_FORWARD_SUBJECT = re.compile(
    rf"\s*(?:{'|'.join(map(re.escape, MAIL_PROGRAMS.forward_prefixes))})\s?[:：]"
)


def own_words(mail: Mail) -> str:
    """What the sender of a reply wrote; all of it where the message was forwarded to us."""
    if _FORWARD_SUBJECT.match(mail.subject.casefold()):
        return mail.text.strip()
    return strip_quotes(mail.text)


def strip_quotes(text: str) -> str:
    """The sender's own text in a reply; all of it where the quote cannot be recognised.

    >>> strip_quotes("It works again.\\n\\nOn Monday Ana wrote:\\n> Is it resolved?")
    'It works again.'
    """
    lines = text.replace("\xa0", " ").split("\n")
    if len(lines) > _MOST_LINES:
        return text.strip()
    own = without_signature(without_warnings(_without_quote(lines)))
    return "\n".join(own).strip() or text.strip()


class _Quote(NamedTuple):
    """Where a quote begins: the line of its mark, and the first line after the mark."""

    mark: int
    text: int


def _without_quote(lines: list[str]) -> list[str]:
    attributions = Attributions(lines)
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        if is_forwarded(line):
            return lines  # what somebody forwards is what they want to say
        if is_original(line) or header_block(lines, number):
            before = _above(lines, number)
            return before if _says_something(before) else lines
        end = attributions.end_of(number)
        if end:
            return _around(lines, _Quote(number, end))
    quoted = next((number for number, line in enumerate(lines) if line.startswith(">")), None)
    return lines if quoted is None else _around(lines, _Quote(quoted, quoted))


def _above(lines: list[str], number: int) -> list[str]:
    """The lines above a header block, without the rule that a program draws there."""
    end = number
    while end and (not lines[end - 1].strip() or is_rule(lines[end - 1])):
        end -= 1
    return lines[:end]


def _around(lines: list[str], quote: _Quote) -> list[str]:
    """The lines before the mark of a quote and after the quote."""
    end = quote.text
    while end < len(lines) and (lines[end].startswith(">") or not lines[end].strip()):
        end += 1
    before, after = lines[: quote.mark], without_signature(lines[end:])
    block = [line.lstrip("> ") for line in lines[quote.text : end] if line.startswith(">")]
    if any(line.startswith(">") for line in after):
        return lines  # answers between quotes mean little without them
    if any(is_forwarded(line) for line in block[:3]):
        return lines
    if not block:
        # Nothing marks the end of the quote: the rest counts as quote, unless it is all there is.
        return before if _says_something(before) else lines
    has_mark = quote.mark < quote.text or _begins_with_a_mark(block)
    if not has_mark and _says_something(before) and _says_something(after):
        return lines  # no program writes so: somebody quotes what they talk about
    return [*before, *after]


def _begins_with_a_mark(block: list[str]) -> bool:
    """Whether what mail programs write above a quote is inside it."""
    first = next((number for number, line in enumerate(block) if line.strip()), 0)
    attributions = Attributions(block)
    return any(
        is_original(block[number]) or header_block(block, number) or attributions.end_of(number) > 0
        for number in range(first, min(first + 4, len(block)))
    )


def _says_something(lines: list[str]) -> bool:
    return any(line.strip() for line in lines)
