"""The flowchart as it is drawn: whole, narrow enough, and true to the path."""

import pytest
from rich.text import Text

from standfast.incidents.flowchart import EDGES, QUESTIONS, Box, Edge, edges_walked
from standfast.terminal.flowchart_picture import HEIGHT, WIDTH, flowchart_picture, picture_of_path

WALKED = "bold green"


def walked_arrows(picture: Text) -> int:
    """How many arrow heads are drawn as walked."""
    walked = (picture.plain[s.start : s.end] for s in picture.spans if s.style == WALKED)
    return sum(character in "▸◂▴▾" for character in "".join(walked))


def test_it_fits_into_eighty_columns_and_shows_every_box_by_its_name() -> None:
    lines = flowchart_picture([]).plain.split("\n")

    assert len(lines) == HEIGHT
    assert {len(line) for line in lines} == {WIDTH}
    assert WIDTH < 80
    for box in Box:
        name = f" {box}? " if box in QUESTIONS else f" {box} "
        assert sum(name in line for line in lines) == 1


@pytest.mark.parametrize("edge", EDGES, ids=str)
def test_each_edge_has_an_arrow_of_its_own(edge: Edge) -> None:
    assert walked_arrows(flowchart_picture([edge])) == 1


def test_every_edge_of_the_flowchart_is_drawn() -> None:
    # The two that come from the right share the arrow head at escalate.
    assert walked_arrows(flowchart_picture(EDGES)) == len(EDGES) - 1


def test_it_says_in_words_where_yes_and_no_would_not_say_enough() -> None:
    lines = flowchart_picture([]).plain.split("\n")

    for words in (words for edge in EDGES for words in edge.words):
        assert sum(words in line for line in lines) == 1


def test_nothing_is_walked_before_anything_happened() -> None:
    picture = flowchart_picture([])

    assert not any(character in picture.plain for character in "┃━┏╔")


def test_the_path_is_heavy_and_the_current_box_double_even_without_colours() -> None:
    path = [Box.REPORT, Box.TRIAGE, Box.CLASSIFY]

    lines = picture_of_path(path, path[-1]).plain.split("\n")

    assert lines[1].startswith("┃ report ┣━▸┃ triage ┣━▸║ classify ╠─▸│ automated_resolution? ├")


def test_a_withdrawn_incident_shows_close_but_no_arrow_that_it_never_took() -> None:
    path = [Box.REPORT, Box.TRIAGE, Box.CLOSE]

    picture = picture_of_path(path, None)

    assert walked_arrows(picture) == len(edges_walked(path)) == 1
    assert "┃ close ┃" in picture.plain
