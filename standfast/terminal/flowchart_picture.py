"""The flowchart in the terminal: boxes and arrows in 79 columns and 15 lines.

The walked path is drawn in heavy lines, the current box with double ones, so that it is visible
without colours too. Boxes and edges come from `incidents.flowchart`; their positions are here.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import NamedTuple

from rich.text import Text

from standfast.incidents.flowchart import EDGES, QUESTIONS, Box, Edge, edges_walked

WIDTH = 79
HEIGHT = 15

_NORTH, _EAST, _SOUTH, _WEST = 1, 2, 4, 8
_OPPOSITE = {_NORTH: _SOUTH, _EAST: _WEST, _SOUTH: _NORTH, _WEST: _EAST}
_STEP = {_NORTH: (0, -1), _EAST: (1, 0), _SOUTH: (0, 1), _WEST: (-1, 0)}
_HEADS = {_NORTH: "▴", _EAST: "▸", _SOUTH: "▾", _WEST: "◂"}

# By the sides a line leaves a cell to, as a sum of the numbers above: 3 is north and east.
_LIGHT, _HEAVY, _DOUBLE = range(3)
_LINES = (
    "·╵╶╰╷│╭├╴╯─┴╮┤┬┼",
    "·╹╺┗╻┃┏┣╸┛━┻┓┫┳╋",
    "·║═╚║║╔╠═╝═╩╗╣╦╬",
)
_STYLES = ("dim", "bold green", "bold yellow")

Cell = tuple[int, int]
"""Column and line, counted from 0 at the top left."""


class _Route(NamedTuple):
    """The corners of an arrow from a box's border to the cell of its head, and the start of its
    label, if it has one.
    """

    corners: Sequence[Cell]
    label: Cell | None = None


_TOP_LEFT: dict[Box, Cell] = {
    Box.REPORT: (0, 0),
    Box.TRIAGE: (12, 0),
    Box.CLASSIFY: (24, 0),
    Box.AUTOMATED_RESOLUTION: (38, 0),
    Box.CRITICAL: (6, 4),
    Box.ASSIGN: (28, 4),
    Box.HIGH_IMPACT: (46, 4),
    Box.RESOLVE: (6, 8),
    Box.ISSUE_RESOLVED: (20, 8),
    Box.FOLLOW_UP: (45, 8),
    Box.CLOSE: (70, 8),
    Box.ESCALATE: (6, 12),
}

_ROUTES: dict[tuple[Box, Box], _Route] = {
    (Box.REPORT, Box.TRIAGE): _Route([(9, 1), (11, 1)]),
    (Box.TRIAGE, Box.CLASSIFY): _Route([(21, 1), (23, 1)]),
    (Box.CLASSIFY, Box.AUTOMATED_RESOLUTION): _Route([(35, 1), (37, 1)]),
    (Box.AUTOMATED_RESOLUTION, Box.CLOSE): _Route([(62, 1), (74, 1), (74, 7)], (67, 1)),
    (Box.AUTOMATED_RESOLUTION, Box.HIGH_IMPACT): _Route([(56, 2), (56, 3)], (58, 3)),
    (Box.HIGH_IMPACT, Box.CRITICAL): _Route([(49, 4), (49, 3), (12, 3), (12, 4)], (29, 3)),
    (Box.HIGH_IMPACT, Box.ASSIGN): _Route([(46, 5), (38, 5)], (41, 5)),
    (Box.CRITICAL, Box.ASSIGN): _Route([(18, 5), (27, 5)], (22, 5)),
    (Box.CRITICAL, Box.ESCALATE): _Route([(6, 5), (0, 5), (0, 13), (5, 13)], (2, 5)),
    (Box.ASSIGN, Box.RESOLVE): _Route([(32, 6), (32, 7), (11, 7), (11, 8)]),
    (Box.RESOLVE, Box.ISSUE_RESOLVED): _Route([(16, 9), (19, 9)]),
    (Box.RESOLVE, Box.ESCALATE): _Route([(9, 10), (9, 11)]),
    (Box.ESCALATE, Box.RESOLVE): _Route([(13, 12), (13, 11)]),
    (Box.ISSUE_RESOLVED, Box.FOLLOW_UP): _Route([(38, 9), (44, 9)], (40, 9)),
    (Box.ISSUE_RESOLVED, Box.ESCALATE): _Route([(29, 10), (29, 13), (18, 13)], (31, 11)),
    (Box.FOLLOW_UP, Box.CLOSE): _Route([(58, 9), (69, 9)], (60, 9)),
    (Box.FOLLOW_UP, Box.ESCALATE): _Route([(51, 10), (51, 13), (18, 13)], (53, 11)),
}


def flowchart_picture(
    walked: Collection[Edge], current: Box | None = None, visited: Collection[Box] = ()
) -> Text:
    """The flowchart with the `walked` edges and the boxes at their ends in heavy lines.

    `current` is the box to highlight; `visited` are boxes that were reached without an edge, such
    as the first one, or close after a withdrawal.
    """
    seen = {box for edge in walked for box in (edge.start, edge.end)}.union(visited)
    picture = _Canvas()
    for box in Box:
        weight = _DOUBLE if box is current else _HEAVY if box in seen else _LIGHT
        picture.draw_box(box, weight)
    for edge in EDGES:
        picture.draw_edge(edge, _HEAVY if edge in walked else _LIGHT)
    return picture.text()


def picture_of_path(path: Sequence[Box], current: Box | None) -> Text:
    """The flowchart as one incident has walked it. `current` is None for a closed one."""
    return flowchart_picture(edges_walked(list(path)), current, path)


class _Canvas:
    """Lines, characters and styles by cell; a heavier one covers a lighter one."""

    def __init__(self) -> None:
        self._sides: dict[Cell, int] = {}
        self._weights: dict[Cell, int] = {}
        self._characters: dict[Cell, tuple[str, int]] = {}

    def draw_box(self, box: Box, weight: int) -> None:
        left, top = _TOP_LEFT[box]
        label = f" {box}? " if box in QUESTIONS else f" {box} "
        right, bottom = left + len(label) + 1, top + 2
        self._line(
            [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], weight
        )
        self._write((left + 1, top + 1), label, weight)

    def draw_edge(self, edge: Edge, weight: int) -> None:
        route = _ROUTES[edge.start, edge.end]
        last = self._line(route.corners, weight)
        self._write(route.corners[-1], _HEADS[last], weight)
        if route.label is not None:
            column, first = route.label
            for line, words in enumerate(edge.label, first):
                self._write((column, line), words, weight)

    def text(self) -> Text:
        picture = Text(no_wrap=True, overflow="crop")
        for line in range(HEIGHT):
            cells = [self._drawn((column, line)) for column in range(WIDTH)]
            for weight, alike in groupby(cells, key=itemgetter(1)):
                picture.append("".join(character for character, _ in alike), _STYLES[weight])
            picture.append("\n" if line < HEIGHT - 1 else "")
        return picture

    def _drawn(self, cell: Cell) -> tuple[str, int]:
        """The character of a cell and its weight."""
        if cell in self._characters:
            return self._characters[cell]
        if cell not in self._sides:
            return " ", _LIGHT
        weight = self._weights[cell]
        return _LINES[weight][self._sides[cell]], weight

    def _line(self, corners: Sequence[Cell], weight: int) -> int:
        """Draw along `corners`; the side to which the last piece leads."""
        side = _EAST
        for cell, side in _along(corners):
            column, line = _STEP[side]
            onward = (cell[0] + column, cell[1] + line)
            self._sides[cell] = self._sides.get(cell, 0) | side
            self._sides[onward] = self._sides.get(onward, 0) | _OPPOSITE[side]
            self._weigh(cell, weight)
            self._weigh(onward, weight)
        return side

    def _write(self, cell: Cell, words: str, weight: int) -> None:
        """Put characters over the lines: an arrow head on a box's border is not a part of it."""
        for offset, character in enumerate(words):
            place = (cell[0] + offset, cell[1])
            _, before = self._characters.get(place, ("", _LIGHT))
            self._characters[place] = (character, max(weight, before))

    def _weigh(self, cell: Cell, weight: int) -> None:
        self._weights[cell] = max(weight, self._weights.get(cell, _LIGHT))


def _along(corners: Sequence[Cell]) -> Iterator[tuple[Cell, int]]:
    """Every cell on the way between `corners` but the last, with the side it is left to."""
    for (column, line), (to_column, to_line) in pairwise(corners):
        if line == to_line:
            side = _EAST if to_column > column else _WEST
        else:
            side = _SOUTH if to_line > line else _NORTH
        step_column, step_line = _STEP[side]
        while (column, line) != (to_column, to_line):
            yield (column, line), side
            column, line = column + step_column, line + step_line
