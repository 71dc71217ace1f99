"""How a figure grows with another: the least-squares line, and what it says of a larger number."""

from collections.abc import Sequence
from typing import NamedTuple


class Line(NamedTuple):
    """A figure as `at_zero` and `slope` for each."""

    at_zero: float
    slope: float

    def at(self, x: float) -> float:
        """The figure there, if it goes on as it did."""
        return self.at_zero + self.slope * x


def line_through(points: Sequence[tuple[float, float]]) -> Line | None:
    """The line with the least squares; None for fewer than two different places.

    >>> line_through([(0, 1), (1, 3), (2, 5)])
    Line(at_zero=1.0, slope=2.0)
    """
    if len({x for x, _ in points}) < 2:
        return None
    n = len(points)
    middle_x, middle_y = (sum(point[axis] for point in points) / n for axis in (0, 1))
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    slope = sum((x - middle_x) * (y - middle_y) for x, y in points) / spread
    return Line(middle_y - slope * middle_x, slope)
