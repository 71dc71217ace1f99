"""Looks up paths in a JSON body, and fills templates with the values.

Nothing here raises, whatever the body holds: a value that is missing, or is no text, counts as
empty, and the next alternative is tried.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from pydantic import JsonValue, TypeAdapter

from standfast.messages.message import MultilineText, OptionalLine
from standfast.policy.templates import (
    FIRST_LINE,
    HOST,
    JsonPath,
    Step,
    parse_path,
    parse_template,
)

_LINE: TypeAdapter[str] = TypeAdapter(OptionalLine)
_PROSE: TypeAdapter[str] = TypeAdapter(MultilineText)

_DEEPEST_SHOWN = 4
"""Levels of lists and mappings within a value that are written out; a body may nest endlessly."""


@dataclass(frozen=True)
class Scope:
    """What paths are looked up in: one alert, and the whole body.

    `empty_values` are patterns of values that count as empty.
    """

    item: JsonValue
    body: JsonValue
    empty_values: tuple[str, ...] = ()

    def value(self, path: str) -> JsonValue:
        """What stands at `path`; None where nothing does. A list where the path has a `*`."""
        return _found(parse_path(path), self)

    def has(self, path: str) -> bool:
        """Whether there is anything at `path`; a blank text is nothing."""
        value = self.value(path)
        if not isinstance(value, str):
            return value is not None
        return bool(one_line(value)) and not fits(value, self.empty_values)

    def but(self, no_values: tuple[str, ...]) -> "Scope":
        """The same, where values that fit these patterns count as empty too."""
        return replace(self, empty_values=(*self.empty_values, *no_values))

    def text(self, texts: Iterable[str]) -> str:
        """The first of `texts` whose places can all be filled, as one clean line; else empty."""
        return next(
            (line for text in texts if (line := _LINE.validate_python(_filled(text, self)))), ""
        )

    def prose(self, texts: Iterable[str]) -> str:
        """Like `text`, keeping its lines."""
        return next(
            (text for each in texts if (text := _PROSE.validate_python(_filled(each, self)))), ""
        )


def one_line(value: JsonValue) -> str:
    """A value as one clean line; empty for nothing."""
    return _LINE.validate_python(_as_text(value))


def lines_of(value: JsonValue, most: int) -> Iterator[str]:
    """A mapping or list as lines `name: value`, at most so many; a text as its own lines."""
    if isinstance(value, dict):
        for name, entry in list(value.items())[:most]:
            if said := one_line(entry):
                yield f"{one_line(name)}: {said}"
    elif isinstance(value, list):
        yield from (said for entry in value[:most] if (said := one_line(entry)))
    else:
        lines = value.splitlines() if isinstance(value, str) else [value]
        yield from (said for line in lines[:most] if (said := one_line(line)))


def fits(text: str, patterns: Sequence[str]) -> bool:
    """Whether `text` is one of `patterns`; `*` stands for anything, at the ends or once within."""
    return any(_fits(text.casefold().strip(), pattern.casefold()) for pattern in patterns)


def _fits(text: str, pattern: str) -> bool:
    inner = pattern.strip("*")
    if not inner:
        return True
    if pattern.startswith("*") and pattern.endswith("*"):
        return inner in text
    if pattern.startswith("*"):
        return text.endswith(inner)
    if pattern.endswith("*"):
        return text.startswith(inner)
    begin, star, end = pattern.partition("*")
    if not star:
        return text == pattern
    return text.startswith(begin) and text.endswith(end) and len(text) >= len(begin) + len(end)


def _filled(text: str, scope: Scope) -> str:
    pieces = []
    for piece in parse_template(text).pieces:
        if isinstance(piece, str):
            pieces.append(piece)
            continue
        said = next((said for path in piece.paths if (said := _said(path, scope))), "")
        if not said and not piece.may_stay_empty:
            return ""
        pieces.append(said)
    return "".join(pieces)


def _said(path: JsonPath, scope: Scope) -> str:
    value = _found(path, scope)
    said = _as_text(value)
    if scope.empty_values and fits(said, scope.empty_values):
        return ""
    if path.part == FIRST_LINE:
        lines = said.splitlines() if isinstance(value, str) else ()
        return next((line for line in lines if _LINE.validate_python(line)), "")
    if path.part:
        return _part_of_url(said, path.part)
    # What only looks empty must not keep the next alternative from being tried.
    return said if _LINE.validate_python(said) else ""


def _found(path: JsonPath, scope: Scope) -> JsonValue:
    values = [scope.body if path.from_body else scope.item]
    several = False
    for step in path.steps:
        values = [after for value in values for after in _after(step, value)]
        several = several or step.every
    if several:
        return [value for value in values if value is not None]
    return values[0] if values else None


def _after(step: Step, value: JsonValue) -> Iterator[JsonValue]:
    if step.every:
        if isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, list):
            yield from value
    elif step.where is not None:
        name, wanted = step.where
        for entry in value if isinstance(value, list) else ():
            if isinstance(entry, dict) and one_line(entry.get(name)) == wanted:
                yield entry
                return
    elif step.tag:
        tags = value.split(",") if isinstance(value, str) else value
        for tag in tags if isinstance(tags, list) else ():
            if isinstance(tag, str) and tag.strip().casefold().startswith(step.tag.casefold()):
                yield tag.strip()[len(step.tag) :].strip()
                return
    elif isinstance(value, dict):
        if step.name in value:
            yield value[step.name]
    elif isinstance(value, list) and step.name.isdecimal() and len(step.name) < 6:
        yield from value[int(step.name) : int(step.name) + 1]


def _as_text(value: object, depth: int = 0) -> str:
    """A value as people write it: `a, b` for a list, `name=value` by name for a mapping.

    A key may be made of it, so the same value is always the same text.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value)
    if isinstance(value, int):
        try:
            return str(value)
        except ValueError:  # more digits than Python writes out
            return ""
    if depth >= _DEEPEST_SHOWN:
        return "…" if value else ""
    if isinstance(value, dict):
        named = sorted((str(name), _as_text(entry, depth + 1)) for name, entry in value.items())
        return ", ".join(f"{name}={entry}" for name, entry in named)
    if isinstance(value, list):
        return ", ".join(said for entry in value if (said := _as_text(entry, depth + 1)))
    return ""


def _part_of_url(url: str, part: str) -> str:
    try:
        split = urlsplit(url.strip())
        if part == HOST:
            return split.hostname or ""
    except ValueError:  # brackets that hold no address
        return ""
    names = [unquote(name) for name in split.path.split("/") if name]
    at = int(part)
    return names[at] if -len(names) <= at < len(names) else ""
