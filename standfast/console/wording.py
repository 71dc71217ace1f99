"""The console's wording of boxes, times, durations and events, the same on every page."""

from datetime import UTC, datetime, timedelta

from standfast.incidents.flowchart import QUESTIONS
from standfast.incidents.record import TimelineEntry
from standfast.messages.message import words_of

_MINUTE, _LAST_MINUTES = timedelta(minutes=1), timedelta(minutes=2)


def label(box: str) -> str:
    """A box's name for people: `Automated resolution?`, with a question mark where it asks."""
    name = box.replace("_", " ").capitalize()
    return f"{name}?" if box in QUESTIONS else name


def name_of(value: object) -> str:
    """A name of the code for people: `partially_resolved` is `partially resolved`."""
    return str(value).replace("_", " ")


def event(entry: TimelineEntry) -> str:
    """An event in short; the box's name where the event is that the box was entered."""
    return label(entry.box) if entry.event == entry.box else name_of(entry.event).capitalize()


def moment(at: datetime) -> str:
    """A moment in UTC, as everywhere on the pages: `2026-11-24 10:45 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day(at: datetime) -> str:
    """The day of a moment in UTC: `2026-11-24`."""
    return f"{at.astimezone(UTC):%Y-%m-%d}"


def in_zone(at: datetime) -> str:
    """A moment with its weekday in the zone that it comes in: `Tue 2026-11-24 10:45 CET`."""
    return f"{at:%a %Y-%m-%d %H:%M %Z}"


def age(since: datetime, now: datetime) -> str:
    """How long ago, in one or two units."""
    return words_of(max(now - since, timedelta()))


def left(until: datetime, now: datetime) -> str:
    """How long until then, in seconds only at the very end: `14 min`; `now` once it is there."""
    remaining = until - now
    if remaining < timedelta(seconds=1):
        return "now"
    return words_of(remaining if remaining < _LAST_MINUTES else remaining // _MINUTE * _MINUTE)


def yes_or_no(answer: bool | None) -> str | None:
    """An answer in a word; None where it was not asked."""
    return None if answer is None else "yes" if answer else "no"
