"""The company of the crash story: its policy with the addresses of this run filled in."""

from pathlib import Path

from tests.stories.company import turns

_HERE = Path(__file__).parent


def write_policy(path: Path, sink: str, place: Path) -> Path:
    """The company's policy at `path`: people are reached at `sink`, files lie in `place`."""
    text = (_HERE / "company.yaml").read_text()
    values = {
        "sink": sink,
        "place": str(place),
        "programs": str(_HERE),
        "turns": turns(),
    }
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    path.write_text(text)
    return path
