"""Reading an incident log: a CSV with a row for each change of an incident, as it was after it.

The columns are those of the "Incident management process enriched event log" of the UCI
repository: ServiceNow's, with `?` for what is unknown and times written `d/m/Y H:M`.
"""

import csv
import gzip
import io
import itertools
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from standfast.incidents.assessment import Level, Priority
from standfast.intake.errors import Unreadable

UNKNOWN = ("?", "-100", "")
"""What the log writes where it does not know."""

BACK_FILLED = ("closed_at", "resolved_at", "closed_code", "resolved_by")
"""Columns that tell on every row how the incident will end: they are not read at all."""

_NEEDED = (
    "number",
    "incident_state",
    "reopen_count",
    "sys_mod_count",
    "sys_updated_at",
    "impact",
    "urgency",
    "priority",
    "assignment_group",
    "assigned_to",
)
_BOOKKEEPING = ("sys_mod_count", "sys_updated_at", "sys_updated_by")
_TIME = "%d/%m/%Y %H:%M"
_LEVELS = {"1": Level.HIGH, "2": Level.MEDIUM, "3": Level.LOW}
_PRIORITIES = frozenset(priority.value for priority in Priority)
_PROBLEMS_TOLD = 5
_GZIP = b"\x1f\x8b"

Row = dict[str, str]


class LogError(Unreadable):
    """A file that cannot be replayed; says why, and where in it."""


@dataclass(frozen=True)
class LoggedEvent:
    """An incident as it stood after one change; "" or None stands for what the log left out.

    `at` has no zone in the log, and is read as UTC: only the time between two events counts.
    `changed` names the columns that differ from the event before.
    """

    line: int
    at: datetime
    state: str
    priority: str
    impact: Level | None
    urgency: Level | None
    group: str
    assigned_to: str
    caller: str
    reopen_count: int | None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoggedIncident:
    """All that the log has of an incident, oldest first."""

    number: str
    title: str
    events: tuple[LoggedEvent, ...]


def read_log(path: Path, limit: int | None = None) -> list[LoggedIncident]:
    """The first `limit` incidents of the log, in the order in which it first names them.

    Rows may stand in any order, and twice. Those of incidents beyond the limit are only looked at
    for their number.

    Raises:
        LogError: it cannot be read, or a row is broken; names the lines.
    """
    rows: dict[str, list[tuple[int, Row]]] = {}
    problems: list[str] = []
    for line, row in _rows(_text_of(path), path, problems):
        number = row["number"]
        if number in UNKNOWN:
            problems.append(f"line {line}: no number")
        elif number in rows:
            rows[number].append((line, row))
        elif limit is None or len(rows) < limit:
            rows[number] = [(line, row)]
    incidents = [_incident(number, found, problems) for number, found in rows.items()]
    if problems:
        raise LogError(f"{path} has broken rows. {_told(problems)}")
    if not incidents:
        raise LogError(f"{path} has no incident: nothing but the names of the columns")
    return incidents


def _text_of(path: Path) -> str:
    """The whole text, unpacked where it is packed."""
    try:
        content = path.read_bytes()
        if content.startswith(_GZIP):
            content = gzip.decompress(content)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise LogError(f"{path} is a damaged gzip file") from None
    except OSError as error:
        raise LogError(f"{path} cannot be read: {error.strerror or error}") from None
    if not content.strip():
        raise LogError(f"{path} is empty")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise LogError(f"{path} is not text in UTF-8: see line {line}") from None


def _rows(text: str, path: Path, problems: list[str]) -> Iterator[tuple[int, Row]]:
    """Every row with its line, as a mapping; one of another length goes to the problems."""
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        columns = [name.strip() for name in next(reader, [])]
        if missing := [name for name in _NEEDED if name not in columns]:
            raise LogError(
                f"{path} is not an incident log: its first line lacks the "
                f"column{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
            )
        for cells in reader:
            if len(cells) == len(columns):
                yield reader.line_num, dict(zip(columns, map(str.strip, cells), strict=True))
            elif cells:
                problems.append(
                    f"line {reader.line_num}: {len(cells)} cells for {len(columns)} columns"
                )
    except csv.Error as error:
        raise LogError(f"{path} is not a CSV file: line {reader.line_num}: {error}") from None


def _incident(number: str, rows: Sequence[tuple[int, Row]], problems: list[str]) -> LoggedIncident:
    in_order = _in_order(_without_repeats(rows), problems)
    events = [_event(line, at, row) for line, at, row in in_order]
    for at, ((_, _, before), (_, _, after)) in enumerate(itertools.pairwise(in_order), start=1):
        events[at] = replace(events[at], changed=_changed(before, after))
    first = rows[0][1]
    kind = [first.get(name, "") for name in ("category", "subcategory")]
    title = ", ".join([f"{number} from the log", *(word for word in kind if word not in UNKNOWN)])
    return LoggedIncident(number, title[:300], tuple(events))


def _without_repeats(rows: Iterable[tuple[int, Row]]) -> list[tuple[int, Row]]:
    seen = set()
    kept = []
    for line, row in rows:
        cells = tuple(row.values())
        if cells not in seen:
            seen.add(cells)
            kept.append((line, row))
    return kept


def _in_order(
    rows: Sequence[tuple[int, Row]], problems: list[str]
) -> list[tuple[int, datetime, Row]]:
    """By time, within a minute by the count of changes, else as they stand in the file.

    The count alone would not do: in the real log some first rows carry one too high. Where only
    the time is unknown, the row follows the one before it by that count.
    """
    by_count = sorted(rows, key=lambda found: _count(found[1]["sys_mod_count"]))
    dated = []
    latest: datetime | None = None
    for line, row in by_count:
        try:
            latest = _time(row["sys_updated_at"]) or latest or _time(row.get("opened_at", "?"))
        except ValueError as error:
            problems.append(f"line {line}: {error}")
            continue
        if latest is None:
            problems.append(f"line {line}: no time, and none before it to go by")
        else:
            dated.append((line, latest, row))
    return sorted(dated, key=lambda found: found[1])


def _time(text: str) -> datetime | None:
    if text in UNKNOWN:
        return None
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a time like 29/2/2016 04:57") from None


def _count(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _event(line: int, at: datetime, row: Row) -> LoggedEvent:
    reopened = row["reopen_count"]
    return LoggedEvent(
        line=line,
        at=at,
        state=_known(row["incident_state"]),
        priority=_priority(row["priority"]),
        impact=_LEVELS.get(row["impact"][:1]),
        urgency=_LEVELS.get(row["urgency"][:1]),
        group=_known(row["assignment_group"]),
        assigned_to=_known(row["assigned_to"]),
        caller=_known(row.get("caller_id", "")),
        reopen_count=int(reopened) if reopened.isdecimal() else None,
    )


def _known(text: str) -> str:
    return "" if text in UNKNOWN else text


def _priority(text: str) -> str:
    """`3 - Moderate` is P3; a text of another kind stays what it is, and will match nothing."""
    name = f"P{text[:1]}"
    return name if name in _PRIORITIES else _known(text)


def _changed(before: Row, after: Row) -> tuple[str, ...]:
    left_out = (*BACK_FILLED, *_BOOKKEEPING)
    return tuple(
        name for name, value in after.items() if name not in left_out and value != before[name]
    )


def _told(problems: Sequence[str]) -> str:
    told = "; ".join(problems[:_PROBLEMS_TOLD])
    more = len(problems) - _PROBLEMS_TOLD
    return f"{told}; and {more} more" if more > 0 else told
