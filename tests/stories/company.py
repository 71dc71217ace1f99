"""The stories' company: its policy with the addresses of this run filled in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

CHANGES_AT, HALF_A_DAY, SUNDAY = 9, 12, 6

_TEMPLATE = Path(__file__).with_name("company.yaml")


def write_policy(path: Path, sink: str, place: Path) -> Path:
    """The company's policy at `path`: people are reached at `sink`, files lie in `place`."""
    text = _TEMPLATE.read_text()
    values = {"sink": sink, "place": str(place), "hand_off": day_of_hand_off()}
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    path.write_text(text)
    return path


def day_of_hand_off() -> str:
    """The day of the week on which turns change at nine, in UTC: Monday, as in most places.

    Where that is less than half a day away, Tuesday: so a story of some hours has the same people
    on call, whenever it is told.
    """
    # Days that begin at the hour of the change.
    at = datetime.now(UTC) - timedelta(hours=CHANGES_AT)
    return "tuesday" if at.weekday() == SUNDAY and at.hour >= HALF_A_DAY else "monday"
