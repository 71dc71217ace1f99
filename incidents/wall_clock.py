"""Clocks on walls: time zones and the days of the week, by the names that policies use."""

from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator


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
