"""When a line of a log was written, in the usual forms.

A stamp without a zone is read as `local`, None being the zone of this machine.
"""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = f"(?P<name>{'|'.join(_MONTHS)})"
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
_ZONE = r"(?: ?(?P<zone>z\b|utc\b|gmt\b|[+-](?:0\d|1[0-4]):?(?:00|15|30|45)(?!\d)))?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"

_YEAR_FIRST = rf"(?<!\d){_YEAR}[-/.](?P<month>\d\d)[-/.](?P<day>\d\d)[t_ ]{_CLOCK}{_ZONE}"
"""ISO 8601; `2026-11-24 10:11:12,123`; nginx's `2026/11/24 10:11:12`."""

_DAY_FIRST = rf"(?<!\d)(?P<day>\d\d?)[-/ ]{_MONTH}[-/ ]{_YEAR}[: ]{_CLOCK}{_ZONE}"
"""The access logs' `24/Nov/2026:10:11:12 +0000`."""

_MONTH_FIRST = rf"\b{_MONTH} +(?P<day>\d\d?) {_CLOCK}(?: {_YEAR}\b)?"
"""Syslog's `Nov 24 10:11:12`; with the year behind it the C library's."""

_EPOCH = r"(?<![\d.])(?P<epoch>1\d{9})(?P<finer>\d{9}|\d{6}|\d{3})?(?:\.(?P<rest>\d{1,9}))?(?!\d)"
"""Seconds since 1970 with a fraction, or milli-, micro- or nanoseconds."""

_FORMS = tuple(re.compile(form, re.IGNORECASE) for form in (_YEAR_FIRST, _DAY_FIRST, _MONTH_FIRST))
_EPOCH_FIRST = re.compile(rf"\[?{_EPOCH}(?=[\s\],:|]|$)")
_BRACKETED = re.compile(rf"\[{_DAY_FIRST}\]", re.IGNORECASE)
_NAMED = re.compile(
    r"(?<!\w)@?(?:timestamp|datetime|asctime|time|date|ts|t)[\"']?\s*[=:]\s*[\"']?", re.IGNORECASE
)
_AFTER_NAME = (*_FORMS, re.compile(_EPOCH))

_STARTS_BEFORE = 40
"""Column: a stamp further to the right is part of what the line says, unless it is marked."""
_LONGEST_STAMP = 40
_BRACKETS_BEFORE = 200
_NAMES_BEFORE = 4_000
_LEAP_YEAR_WITHIN = 8
"""Years; between 1896 and 1904, as between 2096 and 2104."""


def moment_of(line: str, now: datetime, local: tzinfo | None = None) -> datetime | None:
    """When `line` was written; None when it does not say, as a line that continues another.

    `now` gives syslog's stamps their year: the one in which they are not in the future.
    """
    if not line or line[0].isspace():
        return None
    stamp = _find(line)
    if stamp is None:
        return None
    try:
        return _moment(stamp.groupdict(), now, local)
    except (ValueError, OverflowError):
        return None


def without_moment(line: str) -> str:
    """What follows the stamp in front of a line; the whole line where it stands elsewhere."""
    if line.startswith("{"):
        return line
    stamp = _find(line)
    return line[stamp.end() :] if stamp and stamp.start() < _STARTS_BEFORE else line


def _find(line: str) -> re.Match[str] | None:
    if not line.startswith("{"):
        if stamp := _EPOCH_FIRST.match(line):
            return stamp
        start = line[: _STARTS_BEFORE + _LONGEST_STAMP]
        stamps = [found for form in _FORMS if (found := form.search(start))]
        first = min(stamps, key=lambda stamp: stamp.start(), default=None)
        if first and first.start() < _STARTS_BEFORE:
            return first
        if stamp := _BRACKETED.search(line, 0, _BRACKETS_BEFORE):
            return stamp
    for name in _NAMED.finditer(line, 0, _NAMES_BEFORE):
        for form in _AFTER_NAME:
            if stamp := form.match(line, name.end()):
                return stamp
    return None


def _moment(stamp: dict[str, str | None], now: datetime, local: tzinfo | None) -> datetime:
    if epoch := stamp.get("epoch"):
        fraction = (stamp["finer"] or "") + (stamp["rest"] or "")
        return datetime.fromtimestamp(int(epoch), UTC) + _fraction(fraction)
    name = stamp.get("name")
    month = _MONTHS.index(name.lower()) + 1 if name else int(stamp["month"] or 0)
    day, hour, minute, second = (
        int(stamp[part] or 0) for part in ("day", "hour", "minute", "second")
    )
    second = min(second, 59)  # a leap second
    zone = _zone(stamp.get("zone"), local)

    def in_year(year: int) -> datetime:
        written = datetime(year, month, day, hour, minute, second, tzinfo=zone)
        return (written if zone else written.astimezone()) + _fraction(stamp["fraction"] or "")

    if year := stamp.get("year"):
        return in_year(int(year))
    this_year = now.astimezone(zone).year
    # New Year comes earlier further east, so that this year may not be the latest possible.
    for candidate in range(this_year + 1, this_year - _LEAP_YEAR_WITHIN, -1):
        with suppress(ValueError):  # 29 February is not in every year
            moment = in_year(candidate)
            if moment <= now + timedelta(days=1):
                return moment
    raise ValueError("no such day")


def _fraction(digits: str) -> timedelta:
    return timedelta(microseconds=int(digits[:6].ljust(6, "0"))) if digits else timedelta(0)


def _zone(zone: str | None, local: tzinfo | None) -> tzinfo | None:
    if zone is None:
        return local
    if zone[0] not in "+-":
        return UTC
    sign = -1 if zone[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])))
