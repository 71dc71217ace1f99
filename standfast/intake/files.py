"""Reads files of reports: one report, a JSON list, or JSON Lines.

A list is split before it is parsed, so that an entry that is invalid, or nested too deeply for the
parser, affects only that entry.
"""

import json
import re
from math import inf
from typing import NamedTuple

from pydantic import ValidationError

from standfast.incidents.report import Report
from standfast.intake.errors import Unreadable
from standfast.messages.clean_text import one_line
from standfast.messages.problems import problems

LARGEST_FILE = 256 * 1024 * 1024
"""Bytes. A larger file must be split: it is read into memory as a whole."""

DEEPEST = 20
"""Levels of nesting. A report has two, with its labels."""

_MOST_DIGITS = 400
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{},]', re.DOTALL)


class Entry(NamedTuple):
    """One entry of a file, counted from 1: a report, or what is wrong with it."""

    position: int
    report: Report | None
    problems: tuple[str, ...] = ()


class Batch(NamedTuple):
    """What a file holds. `single` where it is one report and not a list of them."""

    entries: tuple[Entry, ...]
    single: bool


class _Piece(NamedTuple):
    """The text of one entry and the line of the file that it starts on, counted from 1."""

    text: str
    line: int


def read_batch(data: bytes) -> Batch:
    """The reports in `data`. Bytes that are not text become U+FFFD.

    Raises:
        Unreadable: it holds nothing that could be a report.
    """
    if len(data) > LARGEST_FILE:
        raise Unreadable(f"is larger than {LARGEST_FILE // 1024**2} MB; split it")
    text = _decoded(data)
    if not text.strip():
        raise Unreadable("is empty")
    if text.lstrip().startswith("["):
        pieces, problem = _taken_apart(text)
        entries = list(map(_entry, range(1, len(pieces) + 1), pieces))
        if problem:
            entries.append(Entry(len(entries) + 1, None, (problem,)))
        return Batch(tuple(entries), single=False)
    lines = [
        _Piece(line, number) for number, line in enumerate(text.split("\n"), 1) if line.strip()
    ]
    if not _is_object(text) and any(_is_object(piece.text) for piece in lines):
        return Batch(tuple(map(_entry, range(1, len(lines) + 1), lines)), single=False)
    return Batch((_entry(1, _Piece(text, 1)),), single=True)


def _decoded(data: bytes) -> str:
    # PowerShell writes UTF-16, others a byte order mark; json knows both by their first bytes.
    return data.decode(json.detect_encoding(data), errors="replace").removeprefix("\ufeff")


def _taken_apart(text: str) -> tuple[list[_Piece], str | None]:
    """Split a JSON list into its entries; and what is wrong with the list itself, if anything."""
    pieces: list[_Piece] = []
    start = text.index("[") + 1
    line, depth = 1 + text.count("\n", 0, start), 1
    for token in _TOKEN.finditer(text, start):
        depth += _deeper(token.group())
        if depth == 0 or (depth == 1 and token.group() == ","):
            pieces.append(_Piece(text[start : token.start()], line))
            line += text.count("\n", start, token.end())
            start = token.end()
        if depth == 0:
            if not pieces[-1].text.strip():  # an empty list, or a comma after the last entry
                pieces.pop()
            rest = text[start:].strip()
            return pieces, "something follows the end of the list" if rest else None
    if text[start:].strip():
        pieces.append(_Piece(text[start:], line))
    return pieces, "the list has no end: the file seems to be cut off"


def _deeper(token: str) -> int:
    return 1 if token in ("[", "{") else -1 if token in ("]", "}") else 0


def _nested_too_deeply_in(text: str) -> str | None:
    """The field in which an object's text is nested deeper than any report; None if it is not."""
    depth, field = 0, ""
    for token in _TOKEN.finditer(text):
        depth += _deeper(token.group())
        if depth == 1 and token.group().startswith('"'):
            field = token.group().strip('"')
        if depth > DEEPEST:
            return field
    return None


def _is_object(text: str) -> bool:
    """Whether a text is one whole JSON object."""
    if not text.lstrip().startswith("{"):
        return False
    if _nested_too_deeply_in(text) is not None:
        return False
    try:
        json.loads(text, parse_int=_whole_number, strict=False)
    except ValueError:
        return False
    return True


def _entry(position: int, piece: _Piece) -> Entry:
    try:
        return Entry(position, _report(piece))
    except ValidationError as error:
        return Entry(position, None, problems(error, Report.model_fields))
    except json.JSONDecodeError as error:
        where = f"line {piece.line + error.lineno - 1}, column {error.colno}"
        return Entry(position, None, (f"is not JSON: {error.msg} ({where})",))
    except ValueError as error:
        return Entry(position, None, (one_line(str(error)),))


def _report(piece: _Piece) -> Report:
    if not piece.text.strip():
        raise ValueError("there is nothing between the commas")
    field = _nested_too_deeply_in(piece.text)
    if field is not None:
        raise ValueError(f"{field or 'it'}: is nested more than {DEEPEST} levels deep".lstrip())
    fields = json.loads(
        piece.text, object_pairs_hook=_each_once, parse_int=_whole_number, strict=False
    )
    if not isinstance(fields, dict):
        raise ValueError('must be a report, an object like {"title": "…"}')
    return Report.model_validate(fields)


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose fields are given once each; JSON parsers drop all but the last."""
    fields: dict[str, object] = {}
    for written, value in pairs:
        name = written.encode(errors="replace").decode()  # pydantic takes no lone surrogates
        if name in fields:
            raise ValueError(f"{name}: is given twice")
        fields[name] = value
    return fields


def _whole_number(digits: str) -> float:
    """Digits as a number; more than Python parses are too large for any field."""
    return int(digits) if len(digits) <= _MOST_DIGITS else inf
