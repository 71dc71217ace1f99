"""The stories' company: its policy with the addresses of this run filled in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

CHANGES_AT, HALF_A_DAY, SUNDAY = 9, 12, 6

_TEMPLATE = Path(__file__).with_name("company.yaml")


def write_policy(path: Path, sink: str, place: Path) -> Path:
    """The company's policy at `path`: people are reached at `sink`, files lie in `place`."""
    text = _TEMPLATE.read_text()
    values = {"sink": sink, "place": str(place), "turns": turns()}
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    path.write_text(text)
    return path


def turns() -> str:
    """When the turns of rotations begin, so that a story goes the same whenever it is told.

    The first of each rotation is on call now. Turns change on Monday at nine, in UTC, as in most
    places; on Tuesday, where that is less than half a day away.
    """
    now = datetime.now(UTC)
    at = now - timedelta(hours=CHANGES_AT)  # its days begin at the hour of the change
    soon = at.weekday() == SUNDAY and at.hour >= HALF_A_DAY
    return f"starts: {now:%Y-%m-%d}, hand_off: {'tuesday' if soon else 'monday'}"
