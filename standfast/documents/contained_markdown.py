"""Markdown of people within a document of ours: nothing in it reaches beyond its section.

Its headings are below those of the document, a block of code that was not closed is, and no HTML of
its own is left: a comment that does not end would hide the rest.
"""

import re

from standfast.documents.markdown import parser_for, takes_long
from standfast.incidents.review import LONGEST_TEXT

_OURS = 2
"""The lowest heading of the document."""

_DEEPEST = 6
_HTML = re.compile(r"(?<![\\<])<(?=[A-Za-z/!?])(?!(?:https?|mailto):)")
_CODE = re.compile(r"(`+)(?!`)(?:(?!\n\s*\n).)*?(?<!`)\1(?!`)", re.DOTALL)
_FENCE = re.compile(r"[ >*+.)\d-]*(`{3,}|~{3,})")


def contained(text: str) -> str:
    """The text as Markdown that stays within its section. One that would take long to parse is a
    block of code.
    """
    if takes_long(text, LONGEST_TEXT):
        return _as_code(text)
    tokens = parser_for(text).parse(text)
    lines = text.split("\n")
    in_code: set[int] = set()
    open_fence = ""
    for token in tokens:
        first, end = token.map or (0, 0)
        if token.type in ("fence", "code_block"):
            in_code.update(range(first, end))
            if token.type == "fence" and not _is_closed(lines[first:end], token.markup):
                open_fence = token.markup if end >= len(_trimmed(lines)) else ""
        elif token.type == "heading_open":
            level = min(int(token.tag[1:]) + _OURS, _DEEPEST)
            if token.markup.startswith("#"):
                mark = re.compile(r"#{1,6}(?=\s|$)")
                lines[first] = mark.sub("#" * level, lines[first], count=1)
            else:  # underlined
                lines[first] = f"{'#' * level} {' '.join(map(str.strip, lines[first : end - 1]))}"
                for number in range(first + 1, end):
                    lines[number] = ""
    said = "\n".join(
        line if number in in_code else f"\0{line}" for number, line in enumerate(lines)
    )
    parts = re.split(r"((?:^\0[^\n]*(?:\n|$))+)", said, flags=re.MULTILINE)
    whole = "".join(
        _without_html(part.replace("\0", "")) if part.startswith("\0") else part for part in parts
    )
    return f"{whole.rstrip()}\n{open_fence}" if open_fence else whole


def _without_html(text: str) -> str:
    """The same, in which what would be HTML is text; code between backticks stays."""
    made, end = [], 0
    for code in _CODE.finditer(text):
        made += [_HTML.sub(r"\\<", text[end : code.start()]), code.group()]
        end = code.end()
    return "".join([*made, _HTML.sub(r"\\<", text[end:])])


def _is_closed(block: list[str], markup: str) -> bool:
    last = _FENCE.match(block[-1]) if len(block) > 1 else None
    return bool(last and last[1].startswith(markup))


def _trimmed(lines: list[str]) -> list[str]:
    """Without the empty ones at the end."""
    return "\n".join(lines).rstrip().split("\n")


def _as_code(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"
