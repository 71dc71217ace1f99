"""How often an article fixed an incident."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from standfast.decisions.fix_rate import Use, UseResult, rate_of, result_of
from standfast.incidents.article import FixRate

CLOSED = datetime(2026, 11, 10, 12, tzinfo=UTC)
WINDOW = timedelta(days=3)
MINUTE = timedelta(minutes=1)


def use(**changed: Any) -> Use:
    return Use(**{"outcome": "resolved", "closed_at": CLOSED, **changed})


@pytest.mark.parametrize(
    ("told", "result"),
    [
        (use(), "worked"),
        (use(outcome="automated"), "worked"),
        (use(outcome="withdrawn"), "not_resolved"),
        (use(outcome="merged"), "not_resolved"),
        (use(outcome="", closed_at=None), "open"),
        (use(outcome="", closed_at=None, reopened=2), "open"),
        # Sent back before the article was used: that was another fix.
        (use(reopened=1, reopened_before=1), "worked"),
        (use(reopened=2, reopened_before=1), "sent_back"),
        (use(reopened=1), "sent_back"),
        (use(came_back_at=CLOSED), "came_back"),
        (use(came_back_at=CLOSED + WINDOW), "came_back"),
        (use(came_back_at=CLOSED + WINDOW + MINUTE), "worked"),
        (use(reopened=1, came_back_at=CLOSED + MINUTE), "sent_back"),
        (use(outcome="withdrawn", came_back_at=CLOSED + MINUTE), "not_resolved"),
    ],
)
def test_what_came_of_a_use(told: Use, result: str) -> None:
    assert result_of(told, WINDOW) == result


@pytest.mark.parametrize(
    ("uses", "rate", "words"),
    [
        ([], (0, 0), "not known yet whether it fixes it"),
        ([use(outcome="", closed_at=None)], (0, 0), "not known yet whether it fixes it"),
        ([use()], (1, 1), "fixed it 1 of 1 time"),
        (
            [*[use()] * 4, use(reopened=1), use(outcome="merged")],
            (4, 5),
            "fixed it 4 of 5 times",
        ),
    ],
)
def test_the_rate(uses: list[Use], rate: tuple[int, int], words: str) -> None:
    found = rate_of(uses, WINDOW)
    assert found == FixRate(worked=rate[0], of=rate[1])
    assert found.words == words


def test_what_counts_is_what_worked_or_did_not() -> None:
    assert [each for each in UseResult if each.counts] == ["worked", "sent_back", "came_back"]
