"""The flowchart as a picture for the browser: an incident's path, current box and clocks on it.

Boxes and edges come from `incidents.flowchart`; their positions are here, in units of the picture,
(0, 0) at the top left. It is taller than wide, so that a phone shows it whole. The picture has
classes, and static/console.css has the styles.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

from standfast.console.wording import label, left, moment
from standfast.incidents.flowchart import EDGES, QUESTIONS, Box, Edge, edges_walked
from standfast.incidents.record import IncidentView, WaitingFor

WIDTH, HEIGHT = 406, 438

_BOX_WIDTH, _BOX_HEIGHT = 106, 46
_CUT = 11
"""How far a question's corners are cut off: a diamond would have too little room for its name."""

_MOST_CLOCKS = 3
_CLOCK_WIDTH, _CLOCK_HEIGHT = 94, 17

Point = tuple[int, int]


class _Route(NamedTuple):
    """The corners of an arrow, its head at the last one; the middle of each line of its label."""

    corners: Sequence[Point]
    label: Sequence[Point] = ()


_TOP_LEFT: dict[Box, Point] = {
    Box.REPORT: (8, 6),
    Box.TRIAGE: (146, 6),
    Box.CLASSIFY: (284, 6),
    Box.AUTOMATED_RESOLUTION: (284, 98),
    Box.HIGH_IMPACT: (146, 98),
    Box.CRITICAL: (8, 98),
    Box.ESCALATE: (8, 190),
    Box.ASSIGN: (146, 190),
    Box.RESOLVE: (146, 282),
    Box.ISSUE_RESOLVED: (284, 282),
    Box.FOLLOW_UP: (120, 388),
    Box.CLOSE: (284, 388),
}
_ROUTES: dict[tuple[Box, Box], _Route] = {
    (Box.REPORT, Box.TRIAGE): _Route([(114, 29), (146, 29)]),
    (Box.TRIAGE, Box.CLASSIFY): _Route([(252, 29), (284, 29)]),
    (Box.CLASSIFY, Box.AUTOMATED_RESOLUTION): _Route([(337, 52), (337, 98)]),
    (Box.AUTOMATED_RESOLUTION, Box.CLOSE): _Route(
        [(390, 121), (400, 121), (400, 411), (390, 411)], [(396, 109)]
    ),
    (Box.AUTOMATED_RESOLUTION, Box.HIGH_IMPACT): _Route([(284, 121), (252, 121)], [(268, 114)]),
    (Box.HIGH_IMPACT, Box.CRITICAL): _Route([(146, 121), (114, 121)], [(130, 114)]),
    (Box.HIGH_IMPACT, Box.ASSIGN): _Route([(212, 144), (212, 190)], [(222, 161)]),
    (Box.CRITICAL, Box.ESCALATE): _Route([(40, 144), (40, 190)], [(53, 171)]),
    (Box.CRITICAL, Box.ASSIGN): _Route(
        [(86, 144), (86, 167), (180, 167), (180, 190)], [(130, 160)]
    ),
    (Box.ASSIGN, Box.RESOLVE): _Route([(199, 236), (199, 282)]),
    (Box.ESCALATE, Box.RESOLVE): _Route([(96, 236), (96, 294), (146, 294)]),
    (Box.RESOLVE, Box.ISSUE_RESOLVED): _Route([(252, 305), (284, 305)], [(268, 298)]),
    (Box.RESOLVE, Box.ESCALATE): _Route([(146, 316), (68, 316), (68, 236)], [(130, 329)]),
    (Box.ISSUE_RESOLVED, Box.FOLLOW_UP): _Route(
        [(297, 328), (297, 380), (173, 380), (173, 388)], [(284, 343)]
    ),
    (Box.ISSUE_RESOLVED, Box.ESCALATE): _Route(
        [(337, 282), (337, 259), (130, 259), (130, 213), (114, 213)], [(325, 272)]
    ),
    (Box.FOLLOW_UP, Box.CLOSE): _Route([(226, 411), (284, 411)], [(255, 404), (255, 424)]),
    (Box.FOLLOW_UP, Box.ESCALATE): _Route(
        [(120, 411), (32, 411), (32, 236)], [(78, 391), (78, 404)]
    ),
}


def flowchart_svg(incident: IncidentView, now: datetime) -> Markup:
    """The picture of an incident as an SVG element.

    `<title>` texts (tooltips) hold what each box decided and why; `<desc>` describes the whole
    picture for screen readers. A clock has its end in `data-until`.
    """
    svg = Element("svg", {"class": "flowchart", "role": "img"})
    svg.set("viewBox", f"0 0 {WIDTH} {_height(incident)}")
    svg.set("aria-labelledby", "flowchart-title flowchart-description")
    title = SubElement(svg, "title", {"id": "flowchart-title"})
    title.text = f"The flowchart as {incident.incident_id} walks it"
    SubElement(svg, "desc", {"id": "flowchart-description"}).text = description(incident, now)
    walked = Counter(edges_walked(list(incident.path)))
    # The walked edges are drawn last, so that they are on top where edges cross.
    for edge in sorted(EDGES, key=lambda edge: walked[edge] > 0):
        _draw_edge(svg, edge, walked[edge])
    for box in Box:
        _draw_box(svg, box, incident)
    if incident.status == "open":
        _draw_clocks(svg, incident, now)
    return Markup(tostring(svg, encoding="unicode"))  # noqa: S704, ElementTree has escaped it


def _height(incident: IncidentView) -> int:
    """How tall the picture is; the clocks of a box in the last row stand below it."""
    in_last_row = _TOP_LEFT[incident.stage][1] == _TOP_LEFT[Box.CLOSE][1]
    below = min(len(running(incident)), _MOST_CLOCKS) if in_last_row else 0
    return HEIGHT + below * (_CLOCK_HEIGHT + 2)


def description(incident: IncidentView, now: datetime) -> str:
    """The picture in words: the path, the current box, and the running clocks."""
    path = ", ".join(label(box) for box in incident.path)
    standing = "Closed." if incident.status == "closed" else f"Now in {label(incident.stage)}."
    clocks = " ".join(f"In {left(until, now)}: {wait.what}." for until, wait in running(incident))
    return f"Path walked: {path}. {standing} {clocks}".rstrip()


def running(incident: IncidentView) -> list[tuple[datetime, WaitingFor]]:
    """The clocks of an incident and when each runs out, the next one first."""
    clocks = [(wait.until, wait) for wait in incident.waiting_for if wait.until]
    return sorted(clocks, key=lambda clock: clock[0])


def _draw_edge(svg: Element, edge: Edge, times: int) -> None:
    route = _ROUTES[edge.start, edge.end]
    group = SubElement(svg, "g", {"class": "edge walked" if times else "edge"})
    how_often = f", {times} times" if times > 1 else ""
    told = f"{label(edge.start)} → {label(edge.end)}: {edge.when}{how_often}"
    SubElement(group, "title").text = told
    corners = " ".join(f"{x},{y}" for x, y in route.corners)
    SubElement(group, "polyline", {"class": "line", "points": corners})
    SubElement(group, "polygon", {"class": "head", "points": _head(*route.corners[-2:])})
    for (x, y), words in zip(route.label, edge.label, strict=True):
        line = SubElement(group, "text", {"class": "answer", "x": str(x), "y": str(y)})
        line.text = words


def _head(before: Point, tip: Point) -> str:
    """The corners of an arrow's head that points from `before` to `tip`."""
    (x, y), length, half = tip, 7, 4
    if before[1] == y:
        back = x - length if before[0] < x else x + length
        return f"{x},{y} {back},{y - half} {back},{y + half}"
    back = y - length if before[1] < y else y + length
    return f"{x},{y} {x - half},{back} {x + half},{back}"


def _draw_box(svg: Element, box: Box, incident: IncidentView) -> None:
    x, y = _TOP_LEFT[box]
    current = box is incident.stage
    classes = ["box", *(["visited"] if box in incident.path else [])]
    classes += [("ended" if incident.status == "closed" else "current")] if current else []
    group = SubElement(svg, "g", {"class": " ".join(classes), "data-box": box.value})
    SubElement(group, "title").text = "\n".join(_told(box, incident))
    if box in QUESTIONS:
        SubElement(group, "polygon", {"class": "shape", "points": _hexagon(x, y)})
    else:
        size = {"width": str(_BOX_WIDTH), "height": str(_BOX_HEIGHT), "rx": "6"}
        SubElement(group, "rect", {"class": "shape", "x": str(x), "y": str(y), **size})
    words = _lines(label(box))
    for number, line in enumerate(words):
        down = y + _BOX_HEIGHT / 2 + 4.5 + (number - (len(words) - 1) / 2) * 14
        place = {"x": str(x + _BOX_WIDTH // 2), "y": f"{down:g}"}
        SubElement(group, "text", {"class": "name", **place}).text = line


def _hexagon(x: int, y: int) -> str:
    right, middle, bottom = x + _BOX_WIDTH, y + _BOX_HEIGHT // 2, y + _BOX_HEIGHT
    corners = [(x, middle), (x + _CUT, y), (right - _CUT, y)]
    corners += [(right, middle), (right - _CUT, bottom), (x + _CUT, bottom)]
    return " ".join(f"{left},{top}" for left, top in corners)


def _lines(name: str) -> list[str]:
    """A box's name in lines short enough for it."""
    return [name] if len(name) <= 14 else name.split(maxsplit=1)


def _told(box: Box, incident: IncidentView) -> Iterator[str]:
    """The tooltip of a box: what was decided there, each time, and why."""
    yield label(box)
    if box not in incident.path:
        yield "not walked"
    for decision in incident.decisions:
        if decision.box is box:
            yield f"{decision.answer} ({moment(decision.at)})"
            yield from (f"- {reason}" for reason in decision.reasons)
    if box is incident.stage and incident.status == "open":
        for wait in incident.waiting_for:
            who_or_when = f"until {moment(wait.until)}" if wait.until else f"for {wait.who}"
            yield f"waits {who_or_when}: {wait.what}"


def _draw_clocks(svg: Element, incident: IncidentView, now: datetime) -> None:
    """The next clocks to run out, each on a plate at the foot of the current box."""
    left_edge, upper_edge = _TOP_LEFT[incident.stage]
    x = left_edge + _BOX_WIDTH - _CLOCK_WIDTH
    top = upper_edge + _BOX_HEIGHT - 4
    for number, (until, wait) in enumerate(running(incident)[:_MOST_CLOCKS]):
        y = top + number * (_CLOCK_HEIGHT + 2)
        group = SubElement(svg, "g", {"class": "clock"})
        SubElement(group, "title").text = f"{moment(until)}: {wait.what}"
        plate = {"x": str(x), "y": str(y), "rx": "8.5"}
        size = {"width": str(_CLOCK_WIDTH), "height": str(_CLOCK_HEIGHT)}
        SubElement(group, "rect", {"class": "plate", **plate, **size})
        dial = {"cx": str(x + 10), "cy": f"{y + 8.5:g}", "r": "4.5"}
        SubElement(group, "circle", {"class": "dial", **dial})
        hands = f"{x + 10},{y + 6} {x + 10},{y + 8.5:g} {x + 12},{y + 8.5:g}"
        SubElement(group, "polyline", {"class": "dial", "points": hands})
        words = {"class": "remaining", "x": str(x + 18), "y": f"{y + 12.5:g}"}
        text = SubElement(group, "text", words | {"data-until": until.isoformat()})
        text.text = left(until, now)
