"""The stories' company: its policy with the addresses of this run filled in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

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
    """The day of the week on which turns change, for rotations of a week: that of yesterday.

    So a story that lasts less than six days has the same people on call, whenever it is told.
    """
    return f"{datetime.now(UTC) - timedelta(days=1):%A}".lower()
