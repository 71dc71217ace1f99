"""Markdown of people as blocks for a template: plain data, in which nothing is markup.

A block is a dictionary with its `kind`:

    paragraph, heading (level): runs; rtl where it is read from right to left
    code: lines, each a list of pieces
    list: start (a number, or None for bullets), items (each a list of blocks)
    quote: blocks
    table: columns (how many), head and rows (of cells, each a list of runs)
    rule

A run is text in one style: `pieces`, between which a line may end, and `strong`, `emphasis`,
`struck`, `code`; or `{"break": true}`, a new line.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it.tree import SyntaxTreeNode

from standfast.documents.markdown import parser_for, takes_long
from standfast.incidents.review import LONGEST_TEXT

Block = dict[str, Any]
Run = dict[str, Any]

_DEEPEST = 4
"""Lists and quotes in one another; what is deeper is not indented further."""

_MOST_COLUMNS = 8
"""Of a table; one with more has no room on a page, and its rows are lines."""

_LONG_WORD = re.compile(r"[!-~\u00a1-\u085f]{25,}")
"""Of scripts with spaces between words; in the others a line may end anywhere."""

_PIECE = re.compile(r"[^/?&=._:,;-]{0,11}[/?&=._:,;-]+|.{1,12}")
_STYLES = {"strong": "strong", "em": "emphasis", "s": "struck"}


def blocks_of(text: str) -> list[Block]:
    """The blocks of a Markdown text. One that would take long to parse is shown as typed."""
    if takes_long(text, LONGEST_TEXT):
        return [_code(text)]
    return [*_blocks(SyntaxTreeNode(parser_for(text).parse(text)).children, 0)]


def pieces_of(text: str) -> list[str]:
    """The text in pieces: a line may also end within a word that is too long for one."""
    pieces, end = [], 0
    for word in _LONG_WORD.finditer(text):
        first, *others = _PIECE.findall(word.group())
        pieces += [text[end : word.start()] + first, *others]
        end = word.end()
    return [*pieces, text[end:]] if end < len(text) or not pieces else pieces


def is_from_right(text: str) -> bool:
    """By its first letter with a direction, as a browser does with `dir="auto"`."""
    directions = map(unicodedata.bidirectional, text)
    return next((each for each in directions if each in ("L", "R", "AL")), "L") != "L"


def _blocks(nodes: Sequence[SyntaxTreeNode], depth: int) -> Iterator[Block]:
    for node in nodes:
        match node.type:
            case "paragraph":
                yield _words("paragraph", _runs(node))
            case "heading" if not _text(_runs(node)).strip():
                continue
            case "heading":
                yield _words("heading", _runs(node)) | {"level": int(node.tag[1:])}
            case "bullet_list" | "ordered_list":
                yield from _list(node, depth)
            case "blockquote" if depth < _DEEPEST:
                yield {"kind": "quote", "blocks": [*_blocks(node.children, depth + 1)]}
            case "table":
                yield from _table(node)
            case "hr":
                yield {"kind": "rule"}
            case "fence" | "code_block":
                yield _code(node.content)
            case _:
                yield from _blocks(node.children, depth)


def _list(node: SyntaxTreeNode, depth: int) -> Iterator[Block]:
    if depth >= _DEEPEST:
        for item in node.children:
            yield from _blocks(item.children, depth)
        return
    start = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    items = [[*_blocks(item.children, depth + 1)] for item in node.children]
    yield {"kind": "list", "start": start, "items": items}


def _table(node: SyntaxTreeNode) -> Iterator[Block]:
    lines = [
        [_runs(cell) for cell in row.children] for part in node.children for row in part.children
    ]
    columns = len(lines[0])
    if columns <= _MOST_COLUMNS:
        yield {"kind": "table", "columns": columns, "head": lines[0], "rows": lines[1:]}
        return
    for line in lines:
        runs = [run for cell in line for run in (*cell, _run(" | "))]
        yield _words("paragraph", runs[:-1])


def _code(text: str) -> Block:
    lines = text.expandtabs(4).removesuffix("\n").split("\n")
    return {"kind": "code", "lines": [pieces_of(line) for line in lines]}


def _words(kind: str, runs: list[Run]) -> Block:
    return {"kind": kind, "runs": runs, "rtl": is_from_right(_text(runs))}


def _runs(node: SyntaxTreeNode, **style: bool) -> list[Run]:
    """The runs of what is in a node."""
    return [run for child in node.children for run in _runs_of(child, style)]


def _runs_of(node: SyntaxTreeNode, style: dict[str, bool]) -> Iterator[Run]:
    match node.type:
        case "softbreak":
            yield _run(" ", **style)
        case "hardbreak":
            yield {"break": True}
        case "code_inline":
            yield _run(node.content, **style, code=True)
        case "strong" | "em" | "s":
            yield from _runs(node, **{**style, _STYLES[node.type]: True})
        case "link":
            inside = _runs(node, **style)
            yield from inside
            address = str(node.attrs.get("href", ""))
            if address.removeprefix("mailto:") != _text(inside):
                yield _run(f" ({address})", **style)
        case "inline":
            yield from _runs(node, **style)
        case _:
            yield _run(node.content, **style)


def _text(runs: list[Run]) -> str:
    return "".join(piece for run in runs for piece in run.get("pieces", ()))


def _run(text: str, **style: bool) -> Run:
    return {"pieces": pieces_of(text), **style}
