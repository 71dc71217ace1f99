"""The message in a line of a log, without time, place and level."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from standfast.logs.severity import ACCESS
from standfast.logs.timestamps import without_moment

_SAID_BY = ("message", "msg", "event", "text", "log", "body", "error", "err", "exception")
"""Where structured lines have it, also within each other."""

_LOGFMT = re.compile(
    r"(?<!\S)(?:message|msg|event|error|err)=(?:\"(?P<quoted>(?:[^\"\\]|\\.){1,2000})\"|(?P<bare>\S{1,500}))"
)
_DEEPEST = 3
_LONGEST_LINE = 64_000
_LONGEST_LOGFMT = 4_000


def message_of(line: str) -> str:
    """The message in a line: of JSON and logfmt its message and error, of an access log the status.

    >>> message_of('{"time":"2026-11-24T10:11:12Z","level":"error","msg":"lost","err":"EOF"}')
    'lost: EOF'
    >>> message_of("Nov 24 10:11:12 web-1 shop[17]: connection lost")
    ' web-1 shop[17]: connection lost'
    """
    if line.startswith("{") and (said := _of_json(line)):
        return said
    if access := ACCESS.search(line, 0, _LONGEST_LOGFMT):
        return f"a request was answered {_in_words(access['status'])}"
    if "=" in line:
        found = _LOGFMT.finditer(line, 0, _LONGEST_LOGFMT)
        if parts := [part["quoted"] or part["bare"] for part in found]:
            return ": ".join(parts)
    return without_moment(line)


def _in_words(status: str) -> str:
    """A status that no mask hides."""
    try:
        return HTTPStatus(int(status)).phrase
    except ValueError:
        return "with an unknown status"


def _of_json(line: str) -> str:
    try:
        entry = json.loads(line[:_LONGEST_LINE])
    except (ValueError, RecursionError):
        return ""
    return ": ".join(dict.fromkeys(_said(entry))) if isinstance(entry, dict) else ""


def _said(entry: dict[str, Any], depth: int = 0) -> Iterator[str]:
    for name in _SAID_BY:
        value = entry.get(name)
        if isinstance(value, str) and value.strip():
            yield value.strip().splitlines()[0]
        elif isinstance(value, dict) and depth < _DEEPEST:
            yield from _said(value, depth + 1)
