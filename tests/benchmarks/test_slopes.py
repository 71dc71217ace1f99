"""The line through points, and where there is none."""

import pytest

from benchmarks.slopes import Line, line_through


def test_points_on_a_line_give_it_back() -> None:
    line = line_through([(100, 1_000), (500, 3_000), (1_000, 5_500)])
    assert line == pytest.approx(Line(500.0, 5.0))


def test_noise_on_both_sides_evens_out() -> None:
    line = line_through([(0, 11), (1, 19), (2, 31), (3, 39)])
    assert line is not None
    assert line.slope == pytest.approx(9.6)
    assert line.at(1.5) == pytest.approx(25)


@pytest.mark.parametrize("points", [[], [(1, 1)], [(1, 1), (1, 2)]])
def test_there_is_no_line_through_fewer_than_two_places(points: list[tuple[float, float]]) -> None:
    assert line_through(points) is None
