"""The episodes of a problem along a line of time, as a picture for the browser.

It shows what the table below it says. It has classes, and static/console.css has the styles.
"""

from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

from standfast.incidents.problem import Problem

_WIDTH, _HEIGHT = 460, 52
_TOP, _BAR = 4, 22
_LEAST = 3.0
"""Of a bar, however short the episode was."""


def episodes_svg(problem: Problem, now: datetime) -> Markup:
    """Each episode from its report until it was fixed, and how long the fix held, until now."""
    first = problem.episodes[0].opened_at
    span = max((now - first).total_seconds(), 1.0)

    def place(at: datetime) -> float:
        return min(max((at - first).total_seconds() / span, 0.0), 1.0) * _WIDTH

    title = f"When its {len(problem.episodes)} episodes were, and how long each fix held"
    box = {"viewBox": f"0 0 {_WIDTH} {_HEIGHT}", "role": "img", "aria-label": title}
    picture = Element("svg", {"class": "chart", **box})
    for each in problem.episodes:
        if each.fix:
            held = each.fix.held
            left = place(each.fix.at)
            right = _WIDTH if held is None else left + held / span * _WIDTH
            _bar(picture, "part-1", left, right - left, _TOP + _BAR / 3, _BAR / 3)
    for each in problem.episodes:
        left = min(place(each.opened_at), _WIDTH - _LEAST)
        ended = each.fix.at if each.fix else each.closed_at or now
        _bar(picture, "part-0", left, max(place(ended) - left, _LEAST), _TOP, _BAR)
    for x, anchor, at in ((0, "start", first), (_WIDTH, "end", now)):
        where = {"x": str(x), "y": str(_HEIGHT - 11), "text-anchor": anchor}
        text = SubElement(picture, "text", {"class": "words", **where})
        text.text = f"{at.astimezone(UTC):%Y-%m-%d}"
    return Markup(tostring(picture, encoding="unicode"))  # noqa: S704, ElementTree has escaped it


def _bar(picture: Element, part: str, left: float, width: float, top: float, height: float) -> None:
    place = {"x": f"{left:.1f}", "y": f"{top:.1f}"}
    size = {"width": f"{max(width, 0.0):.1f}", "height": f"{height:.1f}"}
    SubElement(picture, "rect", {"class": part, **place, **size})
