"""Takes off what a mail program, a company or a mail server adds below or above a text."""

import re

from standfast.mail.mail_programs import MAIL_PROGRAMS

_SIGNATURE = re.compile(r"--\s{0,3}")
_LONGEST_SIGNATURE = 20
"""Lines below `--`; more than that is no signature."""

_LONGEST_PHONE_LINE = 80
_LONGEST_PARAGRAPH = 2_000
_MOST_LINES_OF_A_WARNING = 4
_LINK = re.compile(r"[<\[(]\s?https?://[^\s>\])]{1,500}[>\])]")
_LIST = re.compile(r"_{20,}")

_PHONE = tuple(
    tuple(part.strip() for part in words.split("…")) for words in MAIL_PROGRAMS.all_of("phone")
)
_DEVICE = re.compile(rf"(?<![a-zß-ÿ])(?:{'|'.join(map(re.escape, MAIL_PROGRAMS.devices))})")


def without_signature(lines: list[str]) -> list[str]:
    """The lines without a signature, a phone's line, a disclaimer and the footer of a list.

    All of them where nothing else would be left.
    """
    kept = list(lines)
    for number, line in enumerate(kept):
        is_mark = _SIGNATURE.fullmatch(line) or (
            _LIST.fullmatch(line.strip()) and "mailing list" in " ".join(kept[number : number + 3])
        )
        if is_mark and len(kept) - number <= _LONGEST_SIGNATURE:
            kept = kept[:number]
            break
    while kept:
        if not kept[-1].strip() or _is_phone_line(kept[-1]):
            kept.pop()
            continue
        begin = len(kept)
        while begin and kept[begin - 1].strip():
            begin -= 1
        if not _is_one_of(kept[begin:], MAIL_PROGRAMS.disclaimers, MAIL_PROGRAMS.disclaimer_words):
            break
        kept = kept[:begin]
    return kept if any(line.strip() for line in kept) else lines


def without_warnings(lines: list[str]) -> list[str]:
    """The lines without the warnings that a mail server put above a mail from outside.

    All of them where nothing else would be left.
    """
    begin = 0
    while begin < len(lines) and not lines[begin].strip():
        begin += 1
    if not _is_one_of(
        lines[begin : begin + _MOST_LINES_OF_A_WARNING],
        MAIL_PROGRAMS.warnings,
        MAIL_PROGRAMS.warning_words,
    ):
        return lines
    end = begin
    while end < min(begin + _MOST_LINES_OF_A_WARNING, len(lines)) and lines[end].strip():
        words = (*MAIL_PROGRAMS.warning_words, *MAIL_PROGRAMS.warning_goes_on)
        if not any(word in lines[end].casefold() for word in words):
            break
        end += 1
    rest = lines[max(end, begin + 1) :]
    return without_warnings(rest) if any(line.strip() for line in rest) else lines


def _is_phone_line(line: str) -> bool:
    words = _LINK.sub("", line).strip(" .!*_\t").casefold()
    if len(words) > _LONGEST_PHONE_LINE or not _DEVICE.search(words):
        return False
    for parts in _PHONE:
        if len(parts) == 1:
            if words.startswith(parts[0]):
                return True
        elif words.startswith(parts[0]) and words.endswith(parts[1]):
            return True
    return False


def _is_one_of(paragraph: list[str], beginnings: tuple[str, ...], words: tuple[str, ...]) -> bool:
    text = " ".join(paragraph).strip(" *_>|[]()\t").casefold()[:_LONGEST_PARAGRAPH]
    return text.startswith(beginnings) and any(word in text for word in words)
