"""Time zones of calendars: by the names that programs write, and as a file defines them itself."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import icalendar
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from standfast.on_call.ical_lines import Component

_OFFSET = re.compile(r"([+-])?([0-9]{1,2}):?([0-9]{2})?:?([0-9]{2})?")
_NAMED_OFFSET = re.compile(
    r"\(?(?:GMT|UTC|Etc/GMT|UCT|Z)? ?([+-]) ?([0-9]{1,2})(?:[:.]?([0-9]{2}))?\)?", re.IGNORECASE
)
_CITIES = re.compile(r"\(((?:UTC|GMT)[+-][0-9]{1,2}[:.]?[0-9]{2})\) (.{1,100})", re.IGNORECASE)
_UTC_NAMES = frozenset(
    ("utc", "gmt", "z", "zulu", "etc/utc", "(utc)", "coordinated universal time")
)
_MOST_NAMES, _MOST_PARTS = 300, 500
_DAY = timedelta(days=1)
_LONGEST_OFFSET = timedelta(hours=24)


class TimesWithoutZone(NamedTuple):
    """How the times of a calendar are read that name no zone.

    zone, name: that of times of day. days: the zone at whose midnight whole days begin.
    of_calendar: what the calendar itself says, if it does. unknown: what it says, if nobody knows
    such a zone.
    """

    zone: tzinfo
    name: str
    days: tzinfo
    of_calendar: tzinfo | None = None
    unknown: str = ""


class Zones:
    """The time zones that one calendar may name."""

    def __init__(self, defined: Sequence[Component]) -> None:
        self._defined: dict[str, Component] = {}
        for zone in defined:
            for name in zone.all("TZID"):
                self._defined.setdefault(_plain(name.value), zone)
        self._found: dict[str, tzinfo | None] = {}

    def named(self, name: str) -> tzinfo | None:
        """The zone of a TZID; None where nobody knows it.

        A zone of the tz database by its name, as part of a path, or by Microsoft's name for it;
        then as the calendar defines it; then by a city and its offset, as Outlook shows zones; then
        by the offset alone, such as GMT+0200.
        """
        plain = _plain(name)
        if plain not in self._found:
            if len(self._found) >= _MOST_NAMES:
                return None
            self._found[plain] = (
                _by_name(plain)
                or self._by_definition(plain)
                or _by_city(plain)
                or _by_offset(plain)
            )
        return self._found[plain]

    def without_zone(self, event: Component, tier: str) -> TimesWithoutZone:
        """How an event's times without a zone are read.

        Times of day in the zone of the calendar: that which it names for itself, or else the only
        one that it defines; else in the tier's. Whole days the other way round, for they are days
        of those who are on call.

        tier: the zone that the policy gives the tier; empty where it gives none.
        """
        itself = event.within or event
        named = itself.text("X-WR-TIMEZONE") or itself.text("TIMEZONE-ID")
        own = self.named(named) if named else None
        unknown = named if named and own is None else ""
        if own is None and len({id(zone) for zone in self._defined.values()}) == 1:
            named = next(iter(self._defined))
            own = self.named(named)
        of_tier = ZoneInfo(tier) if tier else None
        return TimesWithoutZone(
            own or of_tier or UTC,
            _plain(named) if own else tier or "UTC",
            of_tier or own or UTC,
            own,
            unknown,
        )

    def _by_definition(self, name: str) -> tzinfo | None:
        zone = self._defined.get(name)
        if zone is None:
            return None
        location = zone.first("X-LIC-LOCATION")
        return (_by_name(_plain(location.value)) if location else None) or _defined(zone)


def _plain(name: str) -> str:
    return " ".join(name.replace("\\", "").strip().strip('"').split())[:200]


@cache
def _names() -> Mapping[str, str]:
    return {name.casefold(): name for name in available_timezones()}


def _by_name(name: str) -> tzinfo | None:
    """By a name of the tz database or of Windows, also behind a path such as /citadel.org/…/."""
    folded = name.casefold().removeprefix("tzone://microsoft/")
    if folded in _UTC_NAMES:
        return UTC
    parts = folded.strip("/").split("/")
    for first in range(min(len(parts), 6)):
        known = _names().get("/".join(parts[first:]).replace(" ", "_"))
        # A single last part, such as `…/Berlin` or `…/GMT`, is no name by itself.
        if known and (first == 0 or "/" in known):
            return ZoneInfo(known)
    other = _windows().get(folded) or _names().get(folded.replace("_", "/", 1))
    return ZoneInfo(other) if other else None


@cache
def _windows() -> Mapping[str, str]:
    return {
        name.casefold(): zone
        for name, zone in WINDOWS_TO_OLSON.items()
        if zone.casefold() in _names()
    }


def _by_city(name: str) -> tzinfo | None:
    """Such as `(UTC+01:00) Amsterdam, Berlin, Bern`: a city with that offset in winter."""
    found = _CITIES.fullmatch(name)
    offset = _by_offset(found[1]) if found else None
    if found is None or offset is None:
        return None
    for city in re.split("[,/]", found[2].casefold()):
        last = f"/{city.strip().replace(' ', '_')}"
        for known, zone in sorted(_names().items()):
            if known.endswith(last) and _in_winter(ZoneInfo(zone)) == _in_winter(offset):
                return ZoneInfo(zone)
    return None


def _in_winter(zone: tzinfo) -> timedelta:
    halves = (datetime(2026, month, 1, tzinfo=zone).utcoffset() for month in (1, 7))
    return min(half for half in halves if half is not None)


def _by_offset(name: str) -> tzinfo | None:
    """`GMT+0200`, `UTC-3`, `+05:30`; in `Etc/GMT-2`, which is a name, the sign is the other way."""
    found = _NAMED_OFFSET.fullmatch(name)
    if found is None:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    if offset >= _LONGEST_OFFSET:
        return None
    return timezone(-offset if found[1] == "-" else offset)


def _defined(zone: Component) -> tzinfo | None:
    """The zone that the calendar defines; None where nothing of it can be used."""
    lines = ["BEGIN:VTIMEZONE", "TZID:of the calendar"]
    later = dict[str, str]()
    for part in sorted(zone.parts[:_MOST_PARTS], key=_since, reverse=True):
        lines += _part(part, later.get(part.name))
        later[part.name] = _since(part)
    if len(lines) == 2:
        return None
    text = "\r\n".join([*lines, "END:VTIMEZONE", ""])
    try:
        made = icalendar.Timezone.from_ical(text)
        found: tzinfo = made.to_tz(lookup_tzid=False)
        # A rule such as the 81st Sunday of a month is refused only when the zone is used.
        for month in (1, 4, 7, 10):
            datetime(2026, month, 1, tzinfo=found).utcoffset()
    except Exception:
        # Of many kinds; whoever needs this zone says that it is none.
        return None
    return _DayByDay(found)


class _DayByDay(tzinfo):
    """The same zone, with the offset of each day looked up once: to find it takes the library long.

    On a day that begins and ends with the same offset it is that for all of the day.
    """

    def __init__(self, exact: tzinfo) -> None:
        self._exact = exact
        self._of_day = lru_cache(maxsize=50_000)(self._offset_of_day)
        self._of_utc_day = lru_cache(maxsize=50_000)(self._offset_of_utc_day)

    def __getinitargs__(self) -> tuple[tzinfo]:
        return (self._exact,)

    def utcoffset(self, at: datetime | None, /) -> timedelta | None:
        if at is None:
            return None
        offset = self._of_day(at.date())
        return self._exact.utcoffset(at.replace(tzinfo=self._exact)) if offset is None else offset

    def dst(self, at: datetime | None, /) -> timedelta | None:
        return self._exact.dst(at.replace(tzinfo=self._exact) if at else None)

    def tzname(self, at: datetime | None, /) -> str | None:
        return self._exact.tzname(at.replace(tzinfo=self._exact) if at else None)

    def fromutc(self, at: datetime, /) -> datetime:
        offset = self._of_utc_day(at.date())
        if offset is None:
            return self._exact.fromutc(at.replace(tzinfo=self._exact)).replace(tzinfo=self)
        return at + offset

    def _offset_of_day(self, day: date) -> timedelta | None:
        edges = (datetime.combine(each, time(), self._exact) for each in (day, day + _DAY))
        first, last = (self._exact.utcoffset(edge) for edge in edges)
        return first if first == last else None

    def _offset_of_utc_day(self, day: date) -> timedelta | None:
        edges = (datetime.combine(each, time(), self._exact) for each in (day, day + _DAY))
        first, last = (self._exact.fromutc(edge).replace(tzinfo=None) for edge in edges)
        return first - datetime.combine(day, time()) if last - first == _DAY else None


def _since(part: Component) -> str:
    """From when on it holds, by the clock on the wall."""
    start = re.match(r"[0-9]{8}T[0-9]{6}", part.text("DTSTART"))
    return start[0] if start else "19700101T000000"


def _part(part: Component, later: str | None) -> Iterator[str]:
    """The lines of one STANDARD or DAYLIGHT that can be used; none without its offset.

    later: when another of the same kind begins, as Outlook writes zones that changed their rule.
    """
    if part.name not in ("STANDARD", "DAYLIGHT"):
        return
    to = _offset(part, "TZOFFSETTO")
    if to is None:
        return
    yield f"BEGIN:{part.name}"
    yield f"DTSTART:{_since(part)}"
    yield f"TZOFFSETFROM:{_offset(part, 'TZOFFSETFROM') or to}"
    yield f"TZOFFSETTO:{to}"
    rule = part.text("RRULE").upper()
    if re.fullmatch(r"FREQ=YEARLY(;[A-Z]+=[A-Z0-9,+-]+)*", rule):
        ends = later and later > _since(part) and "UNTIL=" not in rule and "COUNT=" not in rule
        yield f"RRULE:{rule};UNTIL={later}Z" if ends else f"RRULE:{rule}"
    for given in part.all("RDATE")[:_MOST_PARTS]:
        if re.fullmatch(r"[0-9]{8}T[0-9]{6}(,[0-9]{8}T[0-9]{6}){0,200}", given.value.strip()):
            yield f"RDATE:{given.value.strip()}"
    yield f"END:{part.name}"


def _offset(part: Component, name: str) -> str | None:
    """Such as `+0200`, however it is written."""
    given = part.first(name)
    found = _OFFSET.fullmatch(given.value.strip()) if given else None
    if found is None or int(found[2]) > 23 or int(found[3] or 0) > 59:
        return None
    return f"{found[1] or '+'}{int(found[2]):02}{found[3] or '00'}"
