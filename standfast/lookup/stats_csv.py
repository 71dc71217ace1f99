"""Numbers of closed incidents as comma-separated values, a row a group or a person."""

import csv
import io
from collections.abc import Iterable, Sequence

from standfast.incidents.measures import Times
from standfast.incidents.stats import GroupNumbers, PersonNumbers, Spread, Stats, TargetNumbers
from standfast.time.clocks import Target

_Cell = str | int | float

_COUNTS = tuple(
    name for name, field in GroupNumbers.model_fields.items() if field.annotation is int
)
_TARGETS = tuple((target, name) for target in Target for name in TargetNumbers.model_fields)
_SPREADS = tuple(
    (kind, time, name)
    for kind in ("calendar", "working")
    for time in Times.model_fields
    for name in Spread.model_fields
)


def groups_in_csv(found: Stats) -> str:
    """The groups, with every number that JSON has: its names, joined by `_`; times in seconds."""
    heading = [found.by.value, *_COUNTS, *("_".join(each) for each in (*_TARGETS, *_SPREADS))]
    return _written([heading, *(_group(each) for each in found.groups)])


def people_in_csv(found: Stats) -> str:
    """The people, whoever was paged most first; `held_for` is in seconds."""
    rows = [[getattr(one, name) for name in PersonNumbers.model_fields] for one in found.people]
    return _written([list(PersonNumbers.model_fields), *rows])


def _group(group: GroupNumbers) -> list[_Cell]:
    counts = [getattr(group, name) for name in _COUNTS]
    missed = [_missed(getattr(getattr(group, target), name)) for target, name in _TARGETS]
    return [group.name, *counts, *missed, *(_value(group, *each) for each in _SPREADS)]


def _missed(number: float | dict[str, int]) -> _Cell:
    if isinstance(number, dict):
        return ", ".join(f"tier {tier}: {count}" for tier, count in number.items())
    return number


def _value(group: GroupNumbers, kind: str, time: str, name: str) -> float | str:
    over: Spread | None = getattr(group, kind).get(time)
    return "" if over is None else getattr(over, name)


def _written(rows: Iterable[Sequence[_Cell]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([*map(_harmless, row)] for row in rows)
    return text.getvalue()


def _harmless(cell: _Cell) -> _Cell:
    """A spreadsheet takes no name for a formula."""
    is_formula = isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{cell}" if is_formula else cell
