"""Reads YAML as nodes, which know their file and line.

Scalars are read more simply than in YAML 1.1: only null, true/false and decimal numbers are not
text, so `09:00`, `2026-01-05` and `no` are what they look like; the models turn them into times,
dates and durations.
"""

import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.composer import Composer, ComposerError
from yaml.error import Mark, MarkedYAMLError, YAMLError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import ParserError
from yaml.reader import ReaderError
from yaml.scanner import ScannerError

DEEPEST = 30
"""Levels of nesting; the policy's models need about ten."""

MOST_NODES = 100_000
"""Keys and values of a file, each alias counted as often as it is used."""

_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {_TAG + kind for kind in ("str", "null", "bool", "int", "float", "seq", "map")}


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a policy. Lines and columns count from 1; `place` is a dotted path."""

    file: str
    message: str
    line: int = 0
    column: int | None = None
    place: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (where, self.place, self.message) if part)


def problem_at(mark: Mark, message: str, place: Sequence[object] = ()) -> Problem:
    """A problem where `mark` points to."""
    names = (str(part) for part in place)
    dotted = ".".join(name if name.isprintable() else ascii(name) for name in names)
    return Problem(mark.name, message, mark.line + 1, mark.column + 1, dotted)


class _Composer(Composer):
    """Composes nodes up to the depth `DEEPEST`."""

    _depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        self._depth += 1
        if self._depth > DEEPEST:
            mark = self.peek_event().start_mark  # type: ignore[attr-defined]
            raise ComposerError(None, None, f"is nested more than {DEEPEST} levels deep", mark)
        node: Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _PlainLoader(_Composer, yaml.SafeLoader):
    """Reads YAML in Python, with our own rules for plain scalars."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def __init__(self, text: str, file: str) -> None:
        super().__init__(text)
        self.name = file


_LibYaml = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _QuickLoader(_Composer, _LibYaml):  # type: ignore[misc, valid-type]
    """The same by libyaml, where PyYAML has it: many times faster, but with vague errors."""

    yaml_implicit_resolvers = _PlainLoader.yaml_implicit_resolvers

    def __init__(self, text: str, file: str) -> None:
        _LibYaml.__init__(self, _Named(text, file))
        Composer.__init__(self)


class _Named(io.StringIO):
    """A text with a file name, which marks refer to."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.name = name


for _kind, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]{0,17})", list("-+0123456789")),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    _PlainLoader.add_implicit_resolver(_TAG + _kind, re.compile(rf"(?:{_pattern})\Z"), _first)


def compose(text: str, file: str) -> tuple[MappingNode | None, list[Problem]]:
    """The mapping in `text`, or None, and what is wrong with it.

    There may be a mapping beside the problems, where only parts of it are wrong.
    """
    node = compose_fast(text, file)
    return (node, []) if node is not None else compose_with_problems(text, file)


def compose_fast(text: str, file: str) -> MappingNode | None:
    """The mapping in `text`, or None where anything is wrong with it."""
    try:
        loader = _QuickLoader(text, file)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
        checker = _Checker([], 0)
        if not isinstance(node, MappingNode):
            return None
        checker.check(node, ())
    except (YAMLError, ValueError, OverflowError, _TooLarge):
        return None
    return None if checker.problems else node


def compose_with_problems(text: str, file: str) -> tuple[MappingNode | None, list[Problem]]:
    """Like `compose`, by the reader with exact error messages."""
    try:
        loader = _PlainLoader(text, file)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        character = ascii(chr(error.character))
        return None, [Problem(file, f"the character {character} is not allowed in YAML", line)]
    try:
        node = loader.get_single_node()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark or loader.get_mark()
        return None, [problem_at(mark, _syntax(error))]
    except (YAMLError, ValueError, OverflowError):
        # An escape or a directive with a number out of range; PyYAML lets Python's error through.
        return None, [problem_at(loader.get_mark(), "cannot be read as YAML")]
    finally:
        loader.dispose()
    if node is None:
        return None, [Problem(file, "is empty: there is no policy in it", 1)]
    if not isinstance(node, MappingNode):
        return None, [problem_at(node.start_mark, "must be a mapping of the policy's sections")]
    checker = _Checker([], 0)
    try:
        checker.check(node, ())
    except _TooLarge as too_much:
        return None, [Problem(file, str(too_much), 1)]
    return node, checker.problems


def _syntax(error: MarkedYAMLError) -> str:
    problem = " ".join(str(error.problem).split())
    if not isinstance(error, ScannerError | ParserError):
        return f"{error.context}, {problem}" if error.context else problem
    if "'\\t'" in problem:
        problem += "; indent with spaces, not with tabs"
    if error.context and error.context_mark:
        problem += f" ({error.context} that starts in line {error.context_mark.line + 1})"
    return f"is not YAML: {problem}"


class _TooLarge(Exception):  # noqa: N818
    """The file means more than a policy ever could."""


@dataclass
class _Checker:
    """What YAML allows and a policy does not."""

    problems: list[Problem]
    nodes: int

    def check(self, node: Node, place: tuple[object, ...]) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise _TooLarge(f"holds more than {MOST_NODES} values, aliases written out")
        if len(place) > DEEPEST:
            raise _TooLarge(f"is nested more than {DEEPEST} levels deep, aliases written out")
        if node.tag not in _PLAIN_TAGS:
            self._complain(
                node, f"the tag {node.tag.removeprefix(_TAG)!r} is not known here", place
            )
        elif isinstance(node, ScalarNode):
            try:
                value_of(node)
            except (KeyError, ValueError):
                kind = node.tag.removeprefix(_TAG)
                self._complain(node, f"{node.value[:40]!r} cannot be read as {kind}", place)
        if isinstance(node, SequenceNode):
            for index, item in enumerate(node.value):
                self.check(item, (*place, index))
        if isinstance(node, MappingNode):
            self._check_keys(node, place)
            for key, value in node.value:
                self.check(value, (*place, key_of(key)))

    def _check_keys(self, node: MappingNode, place: tuple[object, ...]) -> None:
        lines: dict[str, int] = {}
        for key, _ in node.value:
            name = key_of(key)
            if not isinstance(key, ScalarNode):
                self._complain(key, "a key must be plain text", place)
            elif name == "<<":
                self._complain(key, "merging with << is not known here; use an alias", place)
            elif name in lines:
                message = f"stands here twice; the first is in line {lines[name]}"
                self._complain(key, message, (*place, name))
            lines.setdefault(name, key.start_mark.line + 1)

    def _complain(self, node: Node, message: str, place: tuple[object, ...]) -> None:
        self.problems.append(problem_at(node.start_mark, message, place))


def key_of(key: Node) -> str:
    """A mapping's key as text: `on` and `1` are names."""
    return str(key.value) if isinstance(key, ScalarNode) else "?"


def value_of(node: ScalarNode) -> Any:
    """The scalar as a Python value. ValueError or KeyError where its explicit tag is wrong."""
    kind, text = node.tag.removeprefix(_TAG), node.value
    if kind == "null":
        return None
    if kind == "bool":
        return {"true": True, "false": False}[text.lower()]
    if kind == "int":
        return int(text)
    if kind == "float":
        return float(text)
    return text


def to_python(node: Node) -> Any:
    """The node as dicts, lists and scalars, for validation by the models."""
    if isinstance(node, MappingNode):
        return {key_of(key): to_python(value) for key, value in node.value}
    if isinstance(node, SequenceNode):
        return [to_python(item) for item in node.value]
    assert isinstance(node, ScalarNode)  # noqa: S101  # YAML has no fourth kind
    try:
        return value_of(node)
    except (KeyError, ValueError):
        return node.value


def merged(base: MappingNode, over: MappingNode, place: tuple[str, ...] = ()) -> MappingNode:
    """`base` overridden by `over`: mappings are merged, everything else is replaced.

    Channels are replaced too: a channel of the base, in front, would get every message. So are the
    spans of working hours, and what stands in place of them.
    """
    entries = {key_of(key): (key, value) for key, value in base.value}
    for name in _overruled({key_of(key) for key, _ in over.value}):
        entries.pop(name, None)
    for key, value in over.value:
        here = (*place, key_of(key))
        _, before = entries.get(here[-1], (key, None))
        both = isinstance(before, MappingNode) and isinstance(value, MappingNode)
        if both and not _is_an_order(here):
            value = merged(before, value, here)
        entries[here[-1]] = (key, value)
    return MappingNode(over.tag, list(entries.values()), over.start_mark, over.end_mark)


def _overruled(given: Collection[str]) -> Collection[str]:
    """The keys of the base that say otherwise what these say."""
    if "spans" in given:
        return ("days", "opens", "closes", "spans")
    return ("spans",) if {"days", "opens", "closes"} & set(given) else ()


def _is_an_order(place: tuple[str, ...]) -> bool:
    return place == ("reporters", "channels") or (
        len(place) == 3 and place[0] == "people" and place[2] == "channels"
    )


class Places:
    """Finds the positions of keys and values in a tree of nodes."""

    def __init__(self, root: MappingNode) -> None:
        self._root = root
        self._seen: dict[int, dict[str, tuple[Mark, Node]]] = {}

    def locate(self, path: Sequence[object]) -> tuple[Mark, Node]:
        """The position and node of `path`; of its nearest parent if it does not exist.

        The position of a value in a mapping is that of its key.
        """
        mark: Mark = self._root.start_mark
        node: Node = self._root
        for part in path:
            entries = self._entries(node)
            if str(part) not in entries:
                break
            mark, node = entries[str(part)]
        return mark, node

    def _entries(self, node: Node) -> dict[str, tuple[Mark, Node]]:
        if id(node) not in self._seen:
            entries = {}
            if isinstance(node, MappingNode):
                entries = {key_of(key): (key.start_mark, value) for key, value in node.value}
            elif isinstance(node, SequenceNode):
                entries = {str(n): (item.start_mark, item) for n, item in enumerate(node.value)}
            self._seen[id(node)] = entries
        return self._seen[id(node)]


def scalars(node: Node) -> Iterator[ScalarNode]:
    """Every scalar value under `node`, in the order of the file."""
    if isinstance(node, ScalarNode):
        yield node
    for child in node.value if isinstance(node, SequenceNode) else ():
        yield from scalars(child)
    for _, child in node.value if isinstance(node, MappingNode) else ():
        yield from scalars(child)
