"""Wall-clock types: time zones, days and times of day, as policies write them."""

import re
from datetime import date, time
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(f"no time zone {name!r}; write one like Europe/Berlin") from unknown
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
"""From Monday on, as `date.weekday()` counts."""

_TIME = re.compile("([01][0-9]|2[0-3]):[0-5][0-9](:00)?")
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _written_as_time(value: Any) -> Any:
    # Pydantic reads a number as seconds, even in quotes: 1730 would be half past midnight.
    if isinstance(value, time) or (isinstance(value, str) and _TIME.fullmatch(value)):
        return value
    midnight = "; midnight is 00:00" if str(value) in ("24:00", "23:59:59") else ""
    raise ValueError(f"must be a time of day like 09:00{midnight}")


def _whole_minute(value: time) -> time:
    if value.tzinfo or value.second or value.microsecond:
        raise ValueError("must be a time of day like 09:00, without seconds and without a zone")
    return value.replace(fold=0)


def _written_as_date(value: Any) -> Any:
    if isinstance(value, date) or (isinstance(value, str) and _DATE.fullmatch(value)):
        return value
    raise ValueError("must be a date like 2026-01-05")


TimeOfDay = Annotated[time, BeforeValidator(_written_as_time), AfterValidator(_whole_minute)]
"""A whole minute of the day, by the clock on the wall; written `09:00`."""

Day = Annotated[date, BeforeValidator(_written_as_date)]
"""A date of the calendar; written `2026-01-05`."""
