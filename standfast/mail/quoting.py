"""Strips the quoted message and the signature from a reply.

It cuts only at well-known marks. In doubt everything stays: too much text does no harm.
"""

import re

_ATTRIBUTION = re.compile(
    r"(?:on|am|le|el|il|op|den|em|w dniu)\b.{4,300}"
    r"\b(?:wrote|schrieb.{0,100}|a écrit|escribió|ha scritto|schreef.{0,100}|skrev.{0,100}"
    r"|escreveu|napisał.{0,10})\s*:?\s*",
    re.IGNORECASE | re.DOTALL,
)
_ORIGINAL = re.compile(
    r"\s*-{2,}\s*(?:original message|original appointment|ursprüngliche nachricht"
    r"|message d'origine|mensaje original|messaggio originale|oorspronkelijk bericht)\s*-{2,}\s*",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*_{10,}\s*")
_FROM = re.compile(r"\*?(?:from|von|de|da|van)\s*:\*?\s*\S", re.IGNORECASE)
_SENT = re.compile(r"\*?(?:sent|date|gesendet|datum|envoyé|enviado|inviato|verzonden)\s*:", re.I)
_TO = re.compile(r"\*?(?:to|an|à|para|a|aan|subject|betreff|objet|asunto|onderwerp)\s*:", re.I)
_SIGNATURE = re.compile(r"--\s?")
_PHONE = re.compile(r"(?:sent from my \S.{0,40}|get outlook for \S.{0,40})", re.IGNORECASE)
_MOST_LINES = 5_000
_LONGEST_SIGNATURE = 20


def strip_quotes(text: str) -> str:
    """The sender's own text in a reply; all of it where the quote cannot be recognised.

    >>> said("It works again.\\n\\nOn Monday Ana wrote:\\n> Is it resolved?")
    'It works again.'
    """
    lines = text.split("\n")
    if len(lines) > _MOST_LINES:
        return text.strip()
    own = _without_signature(_without_quote(lines))
    return "\n".join(own).strip() or text.strip()


def _without_quote(lines: list[str]) -> list[str]:
    for number, line in enumerate(lines):
        if _ORIGINAL.fullmatch(line) or _begins_headers(lines, number):
            return lines[:number] if _says_something(lines[:number]) else lines
        length = _attribution(lines, number)
        if length:
            return _around(lines, number, number + length)
    quoted = [number for number, line in enumerate(lines) if line.startswith(">")]
    return _around(lines, quoted[0], quoted[0]) if quoted else lines


def _around(lines: list[str], begin: int, quote: int) -> list[str]:
    """The lines before `begin` and after the quote that begins at `quote`."""
    end = quote
    while end < len(lines) and (lines[end].startswith(">") or not lines[end].strip()):
        end += 1
    before, after = lines[:begin], lines[end:]
    if any(line.startswith(">") for line in after):
        return lines  # answers between quotes mean little without them
    is_marked = any(line.startswith(">") for line in lines[quote:end])
    if not is_marked:
        # Nothing marks the end of the quote: the rest counts as quote, unless it is all there is.
        return before if _says_something(before) else lines
    return [*before, *after]


def _attribution(lines: list[str], number: int) -> int:
    """How many lines an "On Monday Ana wrote:" takes here, 0 where there is none."""
    for length in (1, 2, 3):
        together = " ".join(line.strip() for line in lines[number : number + length])
        if len(together) < 500 and _ATTRIBUTION.fullmatch(together):
            tells_when_or_who = any(mark in together for mark in "@0123456789")
            return length if tells_when_or_who or together.rstrip().endswith(":") else 0
    return 0


def _begins_headers(lines: list[str], number: int) -> bool:
    """Whether the headers of a quoted message begin here, as Outlook writes them."""
    start = number + 1 if _RULE.fullmatch(lines[number]) else number
    while start < len(lines) and start < number + 3 and not lines[start].strip():
        start += 1
    if start >= len(lines) or not _FROM.match(lines[start]):
        return False
    following = lines[start + 1 : start + 6]
    return any(map(_SENT.match, following)) and any(map(_TO.match, following))


def _without_signature(lines: list[str]) -> list[str]:
    for number, line in enumerate(lines):
        is_mark = _SIGNATURE.fullmatch(line)
        if is_mark and len(lines) - number <= _LONGEST_SIGNATURE:
            return lines[:number] if _says_something(lines[:number]) else lines
    kept = list(lines)
    while kept and (not kept[-1].strip() or _PHONE.fullmatch(kept[-1].strip())):
        kept.pop()
    return kept if kept else lines


def _says_something(lines: list[str]) -> bool:
    return any(line.strip() for line in lines)
