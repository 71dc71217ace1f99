"""What commands print on standard output: one JSON document, or Rich output.

Markup and emoji codes are off on both consoles, so that no text of a user becomes either; coloured
output is built as `Text`.
"""

import json
import os
import sys
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.text import Text

from standfast.messages.clean_text import clean, decodable

_WIDTH_OF_A_PIPE = 1_000


def out() -> Console:
    """Standard output: as wide as its terminal, or as COLUMNS says.

    A pipe has no width: what reads it gets each row whole.
    """
    console = Console(markup=False, emoji=False, highlight=False)
    if not console.is_terminal and not os.environ.get("COLUMNS"):
        console.width = _WIDTH_OF_A_PIPE
    return console


def err() -> Console:
    """Standard error: notes, progress and errors."""
    return Console(stderr=True, markup=False, emoji=False, highlight=False)


def print_json(document: Any) -> None:
    """Print one JSON document; models by their fields."""
    # A terminal or pipe that is not UTF-8 gets escapes, which mean the same to every parser.
    ascii_only = (sys.stdout.encoding or "").lower() not in ("utf-8", "utf8")
    print(json.dumps(_plain(document), indent=2, ensure_ascii=ascii_only), flush=True)


def plain_text(text: object, style: str = "") -> Text:
    """A text for the terminal, without markup and control characters."""
    raw = str(text)
    indent = raw[: len(raw) - len(raw.lstrip(" "))]
    return Text(indent + clean(decodable(raw)), style=style)


def local_time(at: datetime) -> str:
    """A moment in this machine's time zone: `2026-11-24 10:45:00 CET`."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def _plain(document: Any) -> Any:
    if isinstance(document, BaseModel):
        return document.model_dump(mode="json")
    if isinstance(document, list | tuple):
        return [_plain(part) for part in document]
    if isinstance(document, dict):
        return {name: _plain(part) for name, part in document.items()}
    return document
