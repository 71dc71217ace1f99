"""iCalendar text as lines and components, whatever is wrong with some of them.

Nothing here raises: one bad line costs that line, an event without an end ends where the next one
begins, and what had to be left out is said.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from standfast.incidents.observation import quote

_EVENT_NEEDS = frozenset(
    (
        *("UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE"),
        *("RECURRENCE-ID", "SUMMARY", "STATUS", "SEQUENCE", "ATTENDEE"),
    )
)
_ZONE_NEEDS = frozenset(
    ("TZID", "X-LIC-LOCATION", "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE")
)
_NEEDS = {
    "VCALENDAR": frozenset(("METHOD", "X-WR-TIMEZONE", "TIMEZONE-ID")),
    "VEVENT": _EVENT_NEEDS,
    "VTIMEZONE": _ZONE_NEEDS,
    "STANDARD": _ZONE_NEEDS,
    "DAYLIGHT": _ZONE_NEEDS,
}
"""All else is not even looked at, so it can do no harm."""

_BELOW_THE_CALENDAR = frozenset(("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"))
_LONGEST_LINE = 50_000
_DEEPEST = 10
_MOST_LEFTOVERS = 100

_EDGE = re.compile(r"[ \t]*(BEGIN|END)[ \t]*:[ \t]*([A-Z0-9-]{1,60})[ \t]*", re.IGNORECASE)
_NAME = re.compile(r"[ \t]*(?:[A-Za-z0-9_]{1,30}\.)?([A-Za-z0-9-]{1,60})[ \t]*(?=[;:])")


class Property(NamedTuple):
    """A line of a component. The names of `params` are in capitals; `value` is as it is written."""

    name: str
    params: Mapping[str, str]
    value: str
    line: int


@dataclass
class Component:
    """A component and the properties of it that are needed. `line`: where it begins.

    within: the calendar that an event is in.
    """

    name: str
    line: int
    within: "Component | None" = None
    properties: list[Property] = field(default_factory=list)
    parts: list["Component"] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)

    def all(self, name: str) -> list[Property]:
        """Its properties of that name."""
        return [each for each in self.properties if each.name == name]

    def first(self, name: str) -> Property | None:
        """The first property of that name which has a value."""
        return next((each for each in self.all(name) if each.value.strip()), None)

    def text(self, name: str) -> str:
        """The value of that property; empty where there is none."""
        given = self.first(name)
        return given.value.strip() if given else ""


@dataclass
class Text:
    """What the text holds.

    calendars: how often a calendar begins. ended: whether each of them ends, and not inside an
        event. leftovers: what could not be read, in words.
    """

    events: list[Component] = field(default_factory=list)
    zones: list[Component] = field(default_factory=list)
    others: set[str] = field(default_factory=set)
    calendars: int = 0
    ended: bool = True
    leftovers: list[str] = field(default_factory=list)


def read_text(content: bytes) -> Text:
    """The components of `content`; without any where it is something else."""
    return _Reader().read(content)


class _Reader:
    def __init__(self) -> None:
        self.text = Text()
        self.open: list[Component] = []
        self.strange_lines: list[int] = []

    def read(self, content: bytes) -> Text:
        for number, raw in _unfolded(_as_bytes(content)):
            if len(raw) > _LONGEST_LINE:
                self._too_long(number, raw)
                continue
            line = self._decoded(number, raw)
            edge = _EDGE.fullmatch(line)
            if edge and edge[1].upper() == "BEGIN":
                self._begin(edge[2].upper(), number)
            elif edge:
                self._end(edge[2].upper(), number)
            elif self.open and line.strip():
                self._property(line, number)
        self._at_the_end()
        return self.text

    def _decoded(self, number: int, raw: bytes) -> str:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            if self.open and self.open[-1].name == "VEVENT":
                self.strange_lines.append(number)
            return raw.decode("cp1252", errors="replace")

    def _begin(self, name: str, number: int) -> None:
        if name == "VCALENDAR":
            self._close_all(number)
            self.text.calendars += 1
        elif name in _BELOW_THE_CALENDAR:
            self._close_all(number, "VCALENDAR")
        if len(self.open) >= _DEEPEST:
            return
        component = Component(name, number)
        if name == "VEVENT":
            component.within = self.open[0] if self.open else None
            self.text.events.append(component)
        elif name == "VTIMEZONE":
            self.text.zones.append(component)
        elif self.open and self.open[-1].name == "VTIMEZONE":
            self.open[-1].parts.append(component)
        else:
            self.text.others.add(name)
        self.open.append(component)

    def _end(self, name: str, number: int) -> None:
        if not any(each.name == name for each in self.open):
            if name == "VEVENT":
                self._leave_out(f"line {number} ends an event that has no beginning")
            return
        while self.open.pop().name != name:
            pass

    def _close_all(self, number: int, but: str = "") -> None:
        """End what has no end before line `number`, down to the calendar."""
        while self.open and self.open[-1].name != but:
            closed = self.open.pop()
            if closed.name == "VCALENDAR":
                self._leave_out(f"the calendar of line {closed.line} has no end before {number}")

    def _property(self, line: str, number: int) -> None:
        component = self.open[-1]
        needs = _NEEDS.get(component.name)
        if needs is None:
            return
        found = _NAME.match(line)
        if found is None:
            self._not_a_property(component, line, number)
            return
        name = found[1].upper()
        if name in needs:
            params, value = _params_and_value(line[found.end() :])
            component.properties.append(Property(name, params, value, number))

    def _not_a_property(self, component: Component, line: str, number: int) -> None:
        """A line break that was not folded: a text goes on, and anything else is left out."""
        last = component.properties[-1] if component.properties else None
        if last and last.name == "SUMMARY" and last.line == number - 1:
            component.properties[-1] = last._replace(value=f"{last.value} {line}", line=number)
        elif component.name == "VEVENT" and len(component.leftovers) < _MOST_LEFTOVERS:
            component.leftovers.append(f"line {number} cannot be read: {quote(line, 60)!r}")

    def _too_long(self, number: int, raw: bytes) -> None:
        found = _NAME.match(raw[:100].decode("ascii", errors="replace"))
        if self.open and found and found[1].upper() in _NEEDS.get(self.open[-1].name, ()):
            self._leave_out(f"line {number} ({found[1].upper()}) is longer than {_LONGEST_LINE}")

    def _at_the_end(self) -> None:
        text = self.text
        if any(each.name == "VEVENT" for each in self.open):
            text.events.pop()
            self._leave_out("the last event is cut off")
        text.ended = not any(each.name in ("VCALENDAR", "VEVENT") for each in self.open)
        if not text.ended:
            self._leave_out("there is no END:VCALENDAR: it may be cut off")
        if text.events and not text.calendars:
            self._leave_out("there is no BEGIN:VCALENDAR")
        if self.strange_lines:
            lines = ", ".join(map(str, self.strange_lines[:5]))
            more = " and more" if len(self.strange_lines) > 5 else ""
            self._leave_out(f"not UTF-8, so read as Windows-1252: line {lines}{more}")

    def _leave_out(self, what: str) -> None:
        if len(self.text.leftovers) < _MOST_LEFTOVERS:
            self.text.leftovers.append(what)


def _as_bytes(content: bytes) -> bytes:
    """In UTF-8 without a byte order mark, where it tells its encoding; else as it is."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", ""),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if content.startswith(mark):
            rest = content[len(mark) :]
            return rest.decode(encoding, errors="replace").encode() if encoding else rest
    return content


def _unfolded(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Each line with its number, with those that go on in the next one in one piece."""
    held: list[bytes] = []
    began, size, edge = 0, 0, True
    for number, line in enumerate(re.split(rb"\r\n|\n|\r", content), start=1):
        line = line.replace(b"\x00", b"")
        is_edge = _is_edge(line)
        # A line that begins or ends a component is never part of another, nor goes on in one.
        if line[:1] in (b" ", b"\t") and not is_edge and not edge:
            size += len(line) - 1
            # What is too long is held no longer than it takes to say so.
            if size <= 2 * _LONGEST_LINE:
                held.append(line[1:])
            continue
        if held:
            yield began, b"".join(held)
        held, began, size, edge = [line], number, len(line), is_edge or not line.strip()
    if held:
        yield began, b"".join(held)


def _is_edge(line: bytes) -> bool:
    short = line[:80].strip().upper()
    return short.startswith((b"BEGIN:", b"END:")) and b" " not in short


def _params_and_value(rest: str) -> tuple[dict[str, str], str]:
    """From `;TZID=Europe/Berlin:20261202T090000`, with quotes that may lack their other half."""
    quoted, colon, cuts = False, -1, []
    for index, character in enumerate(rest):
        if character == '"':
            quoted = not quoted
        elif not quoted and character == ";":
            cuts.append(index)
        elif not quoted and character == ":" and rest[index + 1 : index + 3] != "//":
            colon = index  # not that of TZID=tzone://Microsoft/Utc
            break
    if colon < 0:
        address = rest.lower().rfind(":mailto:")
        colon = address if address >= 0 else rest.find(":")
        cuts = [index for index, character in enumerate(rest[:colon]) if character == ";"]
    params: dict[str, str] = {}
    for begins, ends in pairwise([*cuts, colon]):
        name, _, value = rest[begins + 1 : ends].partition("=")
        params.setdefault(name.strip().upper(), value.strip().strip('"'))
    return params, rest[colon + 1 :]


def unescaped(value: str) -> str:
    """A text value without its backslashes."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)
