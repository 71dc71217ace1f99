"""The stories' company: its policy with the addresses of this run filled in."""

from pathlib import Path

_TEMPLATE = Path(__file__).with_name("company.yaml")


def write_policy(path: Path, sink: str, place: Path) -> Path:
    """The company's policy at `path`: people are reached at `sink`, files lie in `place`."""
    text = _TEMPLATE.read_text()
    filled = text.replace("{sink}", sink).replace("{place}", str(place))
    path.write_text(filled)
    return path
