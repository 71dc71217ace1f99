"""Bar charts as pictures for the browser, made here: they need no script.

A chart shows what the table below it says, so that who cannot see it misses nothing; its title says
what it shows. It has classes, and static/console.css has the styles.
"""

from collections.abc import Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

_WIDTH = 460
_NAMES, _WORDS = 125, 115
"""The room for names on the left, and for what each bar says on the right."""

_ROW, _BAR = 26, 16
_LONGEST_NAME = 18


class Bar(NamedTuple):
    """A row of a chart. `parts` are drawn one after the other, each in a style of its own.

    words: what stands at the end of the bar.
    """

    name: str
    parts: Sequence[float]
    words: str


def bars(title: str, rows: Sequence[Bar]) -> Markup:
    """Horizontal bars, in the order given; the longest fills the room that there is."""
    height = len(rows) * _ROW
    picture = Element(
        "svg",
        {
            "class": "chart",
            "viewBox": f"0 0 {_WIDTH} {max(height, 1)}",
            "role": "img",
            "aria-label": title,
        },
    )
    longest = max((sum(row.parts) for row in rows), default=0)
    room = _WIDTH - _NAMES - _WORDS
    for number, row in enumerate(rows):
        top = number * _ROW
        middle = str(top + _ROW / 2)
        name = SubElement(picture, "text", {"class": "name", "x": "0", "y": middle})
        name.text = _short(row.name)
        if name.text != row.name:
            SubElement(name, "title").text = row.name
        left = float(_NAMES)
        for part, value in enumerate(row.parts):
            width = room * value / longest if longest else 0.0
            place = {"x": f"{left:.1f}", "y": str(top + (_ROW - _BAR) / 2)}
            size = {"width": f"{width:.1f}", "height": str(_BAR)}
            SubElement(picture, "rect", {"class": f"part-{part}", **place, **size})
            left += width
        words = SubElement(picture, "text", {"class": "words", "x": f"{left + 6:.1f}", "y": middle})
        words.text = row.words
    return Markup(tostring(picture, encoding="unicode"))  # noqa: S704, ElementTree has escaped it


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
