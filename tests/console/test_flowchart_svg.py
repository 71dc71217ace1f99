"""The picture: whole, true to the path, and text in it is text."""

from xml.etree.ElementTree import Element, fromstring

import pytest

from standfast.console.flowchart_svg import HEIGHT, WIDTH, flowchart_svg
from standfast.console.wording import label
from standfast.incidents.flowchart import EDGES, QUESTIONS, Box, Edge
from standfast.incidents.record import IncidentView
from tests.console.views import NOW, TO_RESOLVE, a_timer, a_view


def picture(view: IncidentView) -> Element:
    return fromstring(flowchart_svg(view, NOW))


def having(svg: Element, kind: str) -> list[Element]:
    """The elements of a class."""
    return [each for each in svg.iter() if kind in each.get("class", "").split()]


def title_of(element: Element) -> str:
    return element.findtext("title") or ""


def words_of_box(box: Element) -> str:
    return " ".join(text.text or "" for text in having(box, "name"))


def test_every_box_stands_in_it_once_by_its_name_and_questions_have_another_shape() -> None:
    boxes = having(picture(a_view()), "box")
    assert [words_of_box(box) for box in boxes] == [label(box) for box in Box]
    for box in boxes:
        is_question = Box(box.get("data-box", "")) in QUESTIONS
        assert (box.find("polygon") is not None) is is_question


@pytest.mark.parametrize("edge", EDGES, ids=str)
def test_each_edge_is_drawn_and_says_what_it_means(edge: Edge) -> None:
    svg = picture(a_view(Box.REPORT))
    told = f"{label(edge.start)} → {label(edge.end)}: {edge.when}"
    [drawn] = [each for each in having(svg, "edge") if title_of(each) == told]
    assert having(drawn, "line")
    assert having(drawn, "head")
    assert tuple(text.text for text in having(drawn, "answer")) == edge.label


def test_nothing_is_drawn_beyond_its_frame() -> None:
    for element in picture(a_view()).iter():
        for point in element.get("points", "").split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= WIDTH
            assert 0 <= y <= HEIGHT


def test_the_path_the_current_box_and_how_often_an_edge_was_walked() -> None:
    path = (*TO_RESOLVE, Box.ESCALATE, Box.RESOLVE, Box.ESCALATE, Box.RESOLVE)
    svg = picture(a_view(*path))
    assert {box.get("data-box") for box in having(svg, "visited")} == set(path)
    assert [box.get("data-box") for box in having(svg, "current")] == ["resolve"]
    assert not having(svg, "ended")
    walked = [title_of(edge) for edge in having(svg, "walked")]
    assert len(walked) == len(TO_RESOLVE) - 1 + 2
    assert "Escalate → Resolve: always, 2 times" in walked


def test_a_closed_one_has_no_current_box_and_no_clocks() -> None:
    view = a_view(Box.REPORT, Box.TRIAGE, Box.CLOSE, status="closed", outcome="withdrawn")
    svg = picture(view)
    assert [box.get("data-box") for box in having(svg, "ended")] == ["close"]
    assert not having(svg, "current")
    assert not having(svg, "clock")
    # Withdrawing is no edge of the flowchart.
    assert len(having(svg, "walked")) == 1


def test_the_next_three_clocks_stand_on_the_current_box_the_first_first() -> None:
    waits = [a_timer("escalate", days=3), a_timer("page ana again", minutes=14)]
    waits += [a_timer("warn", hours=3, minutes=40, seconds=30), a_timer("later", days=9)]
    waits.append({"kind": "person", "what": "acknowledge it", "who": "ana"})
    svg = picture(a_view(waiting_for=waits))
    clocks = having(svg, "remaining")
    assert [clock.text for clock in clocks] == ["14 min", "3 h 40 min", "3 d"]
    assert clocks[0].get("data-until") == "2026-11-24T10:14:00+00:00"
    assert title_of(having(svg, "clock")[0]) == "2026-11-24 10:14 UTC: page ana again"
    description = svg.findtext("desc") or ""
    assert "Now in Resolve. In 14 min: page ana again." in description
    assert description.startswith("Path walked: Report, Triage, Classify, Automated resolution?")


@pytest.mark.parametrize("box", Box)
def test_clocks_stay_within_the_frame_whatever_box_they_stand_on(box: Box) -> None:
    view = a_view(box, waiting_for=[a_timer(f"clock {hour}", hours=hour) for hour in range(1, 5)])
    svg = picture(view)
    _, _, width, height = map(float, svg.get("viewBox", "").split())
    for plate in having(svg, "plate"):
        assert 0 <= float(plate.get("x", "-1")) <= width - float(plate.get("width", "inf"))
        assert float(plate.get("y", "-1")) + float(plate.get("height", "inf")) <= height


def test_a_pointer_on_a_box_tells_what_was_decided_and_why_and_it_is_text() -> None:
    hostile = '<script>alert(1)</script>"&'
    decision = {
        "box": "triage",
        "answer": "P2",
        "reasons": ["impact high", hostile],
        "policy_version": "v1",
        "at": NOW,
    }
    drawn = flowchart_svg(a_view(decisions=[decision]), NOW)
    assert "<script" not in drawn
    [triage] = [box for box in having(fromstring(drawn), "box") if box.get("data-box") == "triage"]
    assert title_of(triage).splitlines() == [
        "Triage",
        "P2 (2026-11-24 10:00 UTC)",
        "- impact high",
        f"- {hostile}",
    ]


def test_it_has_neither_styles_nor_scripts_of_its_own() -> None:
    for element in picture(a_view(waiting_for=[a_timer("page", hours=1)])).iter():
        assert element.tag not in ("style", "script", "a", "foreignObject")
        assert not [name for name in element.attrib if name == "style" or name.startswith("on")]
