"""What commands print: one JSON document or Rich output on standard output, notes on the other.

Markup and emoji codes are off on both consoles, so that no text of a user becomes either; coloured
output is built as `Text`.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from pydantic import BaseModel, TypeAdapter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from standfast.messages.message import MultilineText
from standfast.messages.problems import one_line

_PROSE: TypeAdapter[str] = TypeAdapter(MultilineText)


def out() -> Console:
    """Standard output."""
    return Console(markup=False, emoji=False, highlight=False)


def err() -> Console:
    """Standard error: notes, progress and errors."""
    return Console(stderr=True, markup=False, emoji=False, highlight=False)


def print_json(document: Any) -> None:
    """Print one JSON document; models by their fields."""
    # A terminal or pipe that is not UTF-8 gets escapes, which mean the same to every parser.
    ascii_only = (sys.stdout.encoding or "").lower() not in ("utf-8", "utf8")
    print(json.dumps(_plain(document), indent=2, ensure_ascii=ascii_only), flush=True)


def print_line(line: str) -> None:
    """One line for people on standard output, not wrapped."""
    print(one_line(line), flush=True)


def print_note(line: str) -> None:
    """One line on standard error: the reason of a failure, or a note beside the answer."""
    if sys.stderr:  # print would take None for standard output
        print(one_line(line), file=sys.stderr, flush=True)


def plain_text(text: object, style: str = "") -> Text:
    """A text for the terminal, without markup and control characters."""
    raw = str(text)
    indent = raw[: len(raw) - len(raw.lstrip(" "))]
    return Text(indent + _PROSE.validate_python(raw), style=style)


def local_time(at: datetime) -> str:
    """A moment in this machine's time zone: `2026-11-24 10:45:00 CET`."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


@contextmanager
def progress(doing: str, total: int, *, shown: bool = True) -> Iterator[Callable[[], None]]:
    """A progress bar on standard error, if that is a terminal; yields a function to advance it."""
    console = err()
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not (shown and console.is_terminal)) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)


def _plain(document: Any) -> Any:
    if isinstance(document, BaseModel):
        return document.model_dump(mode="json")
    if isinstance(document, list | tuple):
        return [_plain(part) for part in document]
    if isinstance(document, dict):
        return {name: _plain(part) for name, part in document.items()}
    return document
