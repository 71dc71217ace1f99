"""Why a history does not replay: a line, out of what the SDK says."""

import pytest

from standfast.lookup.replay_failure import difference


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (
            'failed: Failure { message: "[TMPRL1100] Nondeterminism error: Timer machine does not '
            'handle this event: HistoryEvent(id: 5, ActivityTaskScheduled)", cause: None }',
            "Timer machine does not handle this event: HistoryEvent(id: 5, ActivityTaskScheduled)",
        ),
        (
            'Failure { message: "Failed decoding arguments", stack_trace: "File \\"a\\"", cause: '
            'Some(Failure { message: "1 error for \\"Case\\"\\nreport", cause: None }) }',
            'Failed decoding arguments: 1 error for "Case"',
        ),
        ("8: no history\nat all", "8: no history"),
        ("", "RuntimeError"),
    ],
)
def test_the_difference_in_a_line(told: str, line: str) -> None:
    assert difference(RuntimeError(told)) == line
