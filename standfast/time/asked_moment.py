"""Reads a moment as people type it where they ask for what is past: `2026-10`, `7d`."""

from datetime import UTC, datetime, timedelta

from standfast.messages.message import parse_duration

_YEAR, _MONTH = 1, 2
"""How many parts such a date has."""

FORMS = "2026, 2026-10, 2026-10-05, 2026-10-05T14:30, or 7d for seven days ago"


def asked_moment(text: str, now: datetime) -> datetime:
    """A day, a month, a year, a moment, or so long before `now`; UTC unless it names another zone.

    ValueError: it is none of these.
    """
    wrong = ValueError(f"is no date; write {FORMS}")
    try:
        ago = parse_duration(text)
        if isinstance(ago, timedelta):
            return now - ago
        parts = text.split("-")
        if len(parts) in (_YEAR, _MONTH) and all(part.isascii() for part in parts):
            year = int(parts[0])
            month = int(parts[1]) if len(parts) == _MONTH else 1
            if len(parts[0]) == len("2026"):
                return datetime(year, month, 1, tzinfo=UTC)
            raise wrong
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise wrong from None
