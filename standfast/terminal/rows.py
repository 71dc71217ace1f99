"""Rows for the terminal: a table where it is wide enough, else the cells below each other."""

from collections.abc import Iterator, Sequence
from enum import Enum, auto

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_LEAST = 12
"""Cells that a column may be narrowed to; a table that would need less room is none."""
_GAP = 2


class Narrowed(Enum):
    """What becomes of a column's texts where there is not room for all of them.

    Ids, times and whatever else somebody copies are `NEVER` narrowed.
    """

    NEVER = auto()
    WRAPPED = auto()
    CUT = auto()


class Column:
    """A column: its heading, which may be empty, and how it is narrowed."""

    def __init__(
        self, heading: str = "", narrowed: Narrowed = Narrowed.NEVER, style: str = ""
    ) -> None:
        self.heading = heading
        self.narrowed = narrowed
        self.style = style


class Rows:
    """Rows of cells, in columns where the width allows it. Nothing of it is ever cut but `CUT`."""

    def __init__(self, *columns: Column) -> None:
        self._columns = columns
        self._rows: list[Sequence[Text]] = []

    def add(self, *cells: Text | str) -> None:
        """A row: one cell for each column."""
        self._rows.append([Text(cell) if isinstance(cell, str) else cell for cell in cells])

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        width = sum(self._widths()) + _GAP * (len(self._columns) - 1)
        return Measurement(min(width, options.max_width), min(width, options.max_width))

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        if self._least_width() <= options.max_width:
            yield self._table()
        else:
            for row in self._rows:
                yield from self._below_each_other(row)

    def _widths(self) -> list[int]:
        return [
            max(
                cell_len(line)
                for cell in (column.heading, *(row[place].plain for row in self._rows))
                for line in cell.split("\n")
            )
            for place, column in enumerate(self._columns)
        ]

    def _least_width(self) -> int:
        least = [
            width if column.narrowed is Narrowed.NEVER else min(width, _LEAST)
            for width, column in zip(self._widths(), self._columns, strict=True)
        ]
        return sum(least) + _GAP * (len(least) - 1)

    def _table(self) -> Table:
        headed = any(column.heading for column in self._columns)
        table = Table(
            box=None, pad_edge=False, padding=(0, 1), show_header=headed, header_style="bold"
        )
        for column in self._columns:
            # Rich narrows those columns first that may wrap, also where their texts do not.
            narrowed = column.narrowed is not Narrowed.NEVER
            table.add_column(
                column.heading, no_wrap=not narrowed, overflow="fold", style=column.style
            )
        for row in self._rows:
            table.add_row(
                *(
                    OneLine(cell) if column.narrowed is Narrowed.CUT else cell
                    for cell, column in zip(row, self._columns, strict=True)
                )
            )
        return table

    def _below_each_other(self, row: Sequence[Text]) -> Iterator[RenderableType]:
        """What is not narrowed in one line, all else below it."""
        cells = [(cell, column) for cell, column in zip(row, self._columns, strict=True) if cell]
        first = [cell for cell, column in cells if column.narrowed is Narrowed.NEVER]
        if first:
            yield Text("  ").join(first)
        for cell, column in cells:
            if column.narrowed is not Narrowed.NEVER:
                heading = Text(f"{column.heading}: " if column.heading else "", style="dim")
                below = heading.append_text(cell)
                below.overflow = "fold"
                yield Padding(below, (0, 0, 0, 2 if first else 0), expand=False)


class OneLine:
    """A text in one line, cut after a word, so that no id is cut into half."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        width = min(cell_len(self._text.plain), options.max_width)
        return Measurement(min(width, _LEAST), width)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        if cell_len(self._text.plain) <= options.max_width:
            yield self._text
            return
        fits = self._text.copy()
        fits.truncate(options.max_width - 1)
        if self._text.plain[len(fits) : len(fits) + 1] != " ":
            words = fits.plain.rpartition(" ")[0].rstrip()
            fits = self._text[: len(words)] if words else fits
        yield fits.append("…")
