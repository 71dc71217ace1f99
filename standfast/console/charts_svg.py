"""Bar charts as pictures for the browser, made here: they need no script.

A chart shows what the table below it says, so that who cannot see it misses nothing; its title says
what it shows. It has classes, and static/console.css has the styles.
"""

from collections.abc import Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

_WIDTH = 320
"""As many units as a small phone has pixels, so that words are as large there as elsewhere."""

_LINE, _BAR, _BETWEEN = 18, 9, 7
_ROW = _LINE + _BAR + _BETWEEN
_LETTER, _GAP = 7.5, 8
"""About the width of a letter, and what lies between a name and its words."""


class Bar(NamedTuple):
    """A row of a chart. `parts` are drawn one after the other, each in a style of its own.

    words: what stands beside the name, above the bar.
    """

    name: str
    parts: Sequence[float]
    words: str


def bars(title: str, rows: Sequence[Bar]) -> Markup:
    """Horizontal bars, in the order given; the longest fills the room that there is."""
    picture = Element(
        "svg",
        {
            "class": "chart",
            "viewBox": f"0 0 {_WIDTH} {max(len(rows) * _ROW, 1)}",
            "role": "img",
            "aria-label": title,
        },
    )
    longest = max((sum(row.parts) for row in rows), default=0)
    for number, row in enumerate(rows):
        top = number * _ROW
        _write_name(picture, row, top)
        middle = str(top + _LINE / 2)
        words = SubElement(picture, "text", {"class": "words", "x": str(_WIDTH), "y": middle})
        words.text = row.words
        left = 0.0
        for part, value in enumerate(row.parts):
            # What is there is seen, however long another is.
            width = max(_WIDTH * value / longest, 1.0) if value > 0 else 0.0
            place = {"x": f"{left:.1f}", "y": str(top + _LINE)}
            size = {"width": f"{width:.1f}", "height": str(_BAR)}
            SubElement(picture, "rect", {"class": f"part-{part}", **place, **size})
            left += width
    return Markup(tostring(picture, encoding="unicode"))  # noqa: S704, ElementTree has escaped it


def _write_name(picture: Element, row: Bar, top: int) -> None:
    """The name, as much of it as fits beside the words: a picture in a picture is cut off."""
    room = max(_WIDTH - _LETTER * len(row.words) - _GAP, _GAP)
    place = {"x": "0", "y": str(top), "width": f"{room:.1f}", "height": str(_LINE)}
    cut_off = SubElement(picture, "svg", place)
    name = SubElement(cut_off, "text", {"class": "name", "x": "0", "y": str(_LINE / 2)})
    name.text = row.name
    SubElement(name, "title").text = row.name
