"""The moments that monitors write, in all their ways."""

import math
from datetime import UTC, datetime, timedelta

_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_LARGEST_SECONDS = 100_000_000_000
"""A larger number counts something smaller than seconds: as seconds it is the year 5138."""

_FORMATS = (
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y.%m.%d %H:%M:%S",
    "%a %b %d %H:%M:%S %Y",
    "%a, %d %b %Y %H:%M:%S",
    "%d %b %Y %H:%M:%S",
)


def moment_of(text: str) -> datetime | None:
    """The moment that `text` writes, in UTC where it names no zone; None where it writes none.

    ISO 8601, counts of seconds, milli-, micro- or nanoseconds since 1970, and some more. The zero
    times of many programs, such as the year 1 or 1970-01-01, are no moment.
    """
    moment = (_counted(text) or _written(text)) if text else None
    if moment is None:
        return None
    try:
        in_utc = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (OverflowError, ValueError):
        return None
    return in_utc if _EARLIEST <= in_utc < _LATEST else None


def _counted(text: str) -> datetime | None:
    try:
        count = float(text)
        if not math.isfinite(count):
            return None
        while abs(count) > _LARGEST_SECONDS:
            count /= 1_000
        return _EPOCH + timedelta(seconds=count)
    except (ValueError, OverflowError):
        return None


def _written(text: str) -> datetime | None:
    plain = text.strip()
    try:
        return datetime.fromisoformat(plain)
    except ValueError:
        plain = plain.removesuffix("UTC").removesuffix("GMT").replace(" UTC ", " ").strip()
    for way in _FORMATS:
        try:
            moment = datetime.strptime(plain, way)  # noqa: DTZ007  # one that names no zone is UTC
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
