"""Reads a moment as people type it: one that is past, `2026-10`, or one to come, `14d`."""

import re
from datetime import UTC, date, datetime, time, timedelta

from standfast.messages.message import parse_duration

_NOON = time(12)
_WEEK = re.compile(r"[0-9]{4}-[Ww][0-9]{2}")
_YEAR, _MONTH = 1, 2
"""How many parts such a date has."""

FORMS = "2026, 2026-10, 2026-W44, 2026-10-05, 2026-10-05T14:30, or 7d for seven days ago"


def asked_moment(text: str, now: datetime) -> datetime:
    """The begin of a day, a week, a month or a year, a moment, or so long before `now`.

    In UTC, unless it names another zone.

    ValueError: it is none of these.
    """
    wrong = ValueError(f"is not a date; write {FORMS}")
    try:
        ago = parse_duration(text)
        if isinstance(ago, timedelta):
            return now - ago
        if _WEEK.fullmatch(text):
            monday = datetime.fromisocalendar(int(text[:4]), int(text[-2:]), 1)
            return monday.replace(tzinfo=UTC)
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


def due_moment(text: str, now: datetime) -> datetime:
    """When something is to be done: noon of a day, a moment, or so long from `now` on.

    In UTC, unless it names another zone.

    ValueError: it is none of these.
    """
    wrong = ValueError("is not a date; write 2026-10-05, 2026-10-05T14:30, or 14d for in 14 days")
    try:
        within = parse_duration(text)
        if isinstance(within, timedelta):
            return now + within
        if len(text) == len("2026-10-05"):
            day = date.fromisoformat(text)
            return datetime.combine(day, _NOON, tzinfo=UTC)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise wrong from None
