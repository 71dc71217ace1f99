"""Reads calendars for one month, December 2026, as a tier of three people."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from standfast.on_call.ical import Found, read, shifts
from standfast.on_call.pace import AS_LONG_AS_IT_TAKES, Pace

PEOPLE = {"ana": "Ana Berg", "ben": "Ben Carter", "cem": "Cem Özgür"}
ADDRESSES = {"ana": ["ana@fernhill.example"], "ben": ["ben.carter@fernhill.example"]}
BERLIN = "Europe/Berlin"
NIGHT = ";TZID=Europe/Berlin:20261202T220000", ";TZID=Europe/Berlin:20261203T060000"


def found(content: bytes | str, zone: str = BERLIN, *, pace: Pace = AS_LONG_AS_IT_TAKES) -> Found:
    """What it says of December 2026; `zone` is the tier's."""
    begins = datetime(2026, 12, 1, tzinfo=UTC)
    return shifts(
        read(content.encode() if isinstance(content, str) else content),
        PEOPLE,
        team="network",
        tier="L1",
        zone=zone,
        begins=begins,
        ends=begins + timedelta(days=31),
        addresses=ADDRESSES,
        pace=pace,
    )


def nights(answer: Found) -> list[str]:
    """Each shift, as `02 Dec 22:00 ana`, in Berlin."""
    return [
        f"{shift.starts.astimezone(ZoneInfo(BERLIN)):%d %b %H:%M} {'+'.join(shift.people)}"
        for shift in answer.shifts
    ]


def told(content: bytes | str, zone: str = BERLIN) -> list[str]:
    """The shifts, where nothing is left out."""
    answer = found(content, zone)
    assert answer.problems == ()
    return nights(answer)
