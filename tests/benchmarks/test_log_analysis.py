"""Log analysis is right often enough, on logs that nobody looked at while it was written."""

import pytest
from rich.console import Console

from benchmarks.log_analysis import ANALYSES, measure, table_of

pytestmark = pytest.mark.long

UNSEEN = range(7_000, 7_002)
"""Seeds that were not used to choose a limit or a word."""

FLOORS = {
    # analysis: (precision, recall)
    "signature": (0.95, 0.95),
    "error rate": (0.9, 0.75),
    "error messages": (0.9, 0.75),
}


@pytest.mark.nightly
def test_precision_and_recall_are_above_their_floors() -> None:
    scores = measure(UNSEEN)
    Console().print(table_of(scores))
    for analysis in ANALYSES:
        parts = [score for (name, _), score in scores.items() if name == analysis]
        right = sum(score.right for score in parts)
        wrong, missed = (sum(score.wrong for score in parts), sum(score.missed for score in parts))
        precision, recall = right / (right + wrong), right / (right + missed)
        least_precision, least_recall = FLOORS[analysis]
        assert precision >= least_precision, analysis
        assert recall >= least_recall, analysis
        assert sum(score.cleared_wrongly for score in parts) <= right * 0.1, analysis
        assert sum(score.cleared for score in parts) > 0, analysis
