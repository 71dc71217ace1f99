"""The journal of what a runbook did, and who may write it."""

from collections.abc import Callable

import pytest

from standfast.incidents.resolution import StepOutcome, StepResult
from standfast.records.remediation import (
    AlreadyFinished,
    Fenced,
    Granted,
    JournalLine,
    StepState,
    TargetBusy,
)
from standfast.records.remediations import Remediations
from tests.records.remediations.admission import (
    DAY,
    ELSEWHERE,
    FAILED,
    HERE,
    KEY,
    LEASE,
    OTHER_KEY,
    SECOND,
    SUCCEEDED,
    Hindsight,
    admitted,
    taken_over,
)


def test_lines_come_back_in_the_order_in_which_things_were_done(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    run = admitted(one)
    result = StepResult(
        what="step 1 of 3: ./note é漢'\";--\\",
        outcome=StepOutcome.FAILED,
        exit_code=9,
        output="🔥\n" * 500,
    )
    done = [
        JournalLine(1, False, StepState.DONE, "step 1 of 3 succeeded", result),
        JournalLine(2, False, StepState.NOT_STARTED, "step 2 of 3 could not be started"),
        JournalLine(10, False, StepState.UNKNOWN, "nobody knows"),
        JournalLine(10, True, StepState.FAILED, "undoing failed"),
        JournalLine(2, True, StepState.DONE, "undone"),
    ]
    for line in reversed(done):
        one.intend(run, line.number, undoing=line.undoing)
        one.ended(run, line)
    one.begin_undoing(run, "the check failed with exit code 1")
    one.intend(run, 1, undoing=True)
    hindsight.lease_ended(SECOND)
    next_one = taken_over(other)
    assert next_one.lines == (*done, JournalLine(1, True, StepState.INTENDED))
    assert next_one.undoing_because == "the check failed with exit code 1"


def test_a_line_is_written_over_by_what_became_of_it(
    one: Remediations, hindsight: Hindsight
) -> None:
    run = admitted(one)
    result = StepResult(what="step 1 of 1: x", outcome=StepOutcome.FAILED)
    one.ended(run, JournalLine(1, False, StepState.FAILED, "it failed", result))
    one.intend(run, 1, undoing=False)
    hindsight.lease_ended(SECOND)
    assert taken_over(one).lines == (JournalLine(1, False, StepState.INTENDED),)
    assert hindsight.rows() == (1, 1)


def test_journals_of_several_runs_are_kept_apart(one: Remediations, other: Remediations) -> None:
    first, second = admitted(one), admitted(other, OTHER_KEY, ELSEWHERE)
    one.intend(first, 1, undoing=False)
    other.begin_undoing(second, "for a reason")
    one.release(first)
    other.release(second)
    assert taken_over(other).lines == (JournalLine(1, False, StepState.INTENDED),)
    again = taken_over(one, OTHER_KEY)
    assert (again.lines, again.undoing_because) == ((), "for a reason")


# An attempt that was overtaken


WRITES: dict[str, Callable[[Remediations, Granted], None]] = {
    "renew": lambda of, run: of.renew(run, DAY),
    "intend": lambda of, run: of.intend(run, 2, undoing=False),
    "ended": lambda of, run: of.ended(run, JournalLine(1, False, StepState.DONE, "too late")),
    "begin_undoing": lambda of, run: of.begin_undoing(run, "too late"),
    "finish": lambda of, run: of.finish(run, FAILED, '"too late"'),
    "release": lambda of, run: of.release(run),
}


@pytest.mark.parametrize("write", WRITES)
def test_an_overtaken_attempt_writes_nothing(
    one: Remediations, other: Remediations, hindsight: Hindsight, write: str
) -> None:
    late = admitted(one)
    one.intend(late, 1, undoing=False)
    hindsight.lease_ended(SECOND)
    current = taken_over(other)

    with pytest.raises(Fenced, match="attempt 1 has been overtaken"):
        WRITES[write](one, late)
    assert isinstance(one.take_over(KEY, LEASE), TargetBusy)
    other.release(current)
    assert taken_over(one) == Granted(
        KEY, 3, HERE, current.plan, (JournalLine(1, False, StepState.INTENDED),), None
    )


@pytest.mark.parametrize("write", WRITES)
def test_nothing_is_written_after_the_end(one: Remediations, write: str) -> None:
    run = admitted(one)
    one.finish(run, SUCCEEDED, '"in time"')
    ended = one.history()
    with pytest.raises(Fenced):
        WRITES[write](one, run)
    assert one.history() == ended
    assert one.take_over(KEY, LEASE) == AlreadyFinished('"in time"', ())


def test_a_lease_by_a_clock_that_was_ahead_is_over_once_it_was_not_renewed_for_its_length(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    admitted(one)
    hindsight.lease_ended(-DAY)
    busy = other.take_over(KEY, LEASE)
    assert isinstance(busy, TargetBusy)
    assert busy.wait == LEASE
    assert isinstance(other.take_over(KEY, LEASE, busy.until - SECOND), TargetBusy)  # renewed
    assert isinstance(other.take_over(KEY, LEASE, busy.until), Granted)
