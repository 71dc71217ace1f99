"""Who may act on which target; two stores are two workers."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from standfast.decisions.guards import PastRun
from standfast.incidents.resolution import RemediationOutcome
from standfast.records.remediation import (
    AlreadyFinished,
    Denied,
    Fenced,
    Granted,
    JournalLine,
    StepState,
    TargetBusy,
)
from standfast.records.remediations import GIVEN_UP_AFTER, Remediations
from tests.records.remediations.admission import (
    DAY,
    ELSEWHERE,
    HERE,
    KEY,
    LEASE,
    OTHER_KEY,
    SECOND,
    SUCCEEDED,
    Hindsight,
    admit,
    admitted,
    taken_over,
    wanted,
)

# Admission


def test_the_first_one_is_admitted_and_on_record(one: Remediations) -> None:
    before = datetime.now(UTC) - SECOND
    run = admitted(one)
    assert run == Granted(KEY, fence=1, target=HERE, plan='{"title": "…"}')
    assert not run.resumed
    [past] = one.history()
    assert (past.key, past.incident_id, past.runbook) == (KEY, "INC-AAAAAAAAAA", "restart")
    assert (past.target, past.ended_at, past.outcome) == (HERE, None, None)
    assert before < past.started_at < datetime.now(UTC) + SECOND


def test_what_is_held_back_leaves_nothing_on_record(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    admitted(one)
    refused = admit(other, OTHER_KEY)
    assert isinstance(refused, Denied)
    assert "restart has been at work on service:shop for INC-AAAAAAAAAA" in refused.reason
    assert hindsight.rows() == (1, 0)
    assert other.take_over(OTHER_KEY, LEASE) is None
    assert isinstance(admit(other, OTHER_KEY, ELSEWHERE), Granted)


def test_what_was_never_admitted_cannot_be_gone_on_with(one: Remediations) -> None:
    assert one.take_over(KEY, LEASE) is None
    assert one.history() == []


def test_a_guard_that_fails_admits_nothing(one: Remediations, hindsight: Hindsight) -> None:
    def broken(past: Sequence[PastRun], now: datetime) -> str | None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        one.admit(wanted(), broken, DAY, LEASE)
    assert hindsight.rows() == (0, 0)
    assert isinstance(admit(one), Granted), "and holds no lock"


def test_finish_frees_the_target(one: Remediations, other: Remediations) -> None:
    one.finish(admitted(one), SUCCEEDED, '{"answer": "yes"}')
    run = admitted(other, OTHER_KEY)
    assert run.fence == 1
    assert [(past.key, past.outcome) for past in one.history()] == [
        (KEY, SUCCEEDED),
        (OTHER_KEY, None),
    ]


def test_the_guards_are_asked_with_the_past_that_matters_and_no_more(
    one: Remediations, hindsight: Hindsight
) -> None:
    now = datetime.now(UTC)
    ago = {
        "still at work": (30 * DAY, None, ELSEWHERE),
        "lately": (timedelta(minutes=50), timedelta(minutes=49), ELSEWHERE),
        "here": (3 * DAY, 2 * DAY, HERE),
        "elsewhere": (3 * DAY, 2 * DAY, ELSEWHERE),
        "here long ago": (9 * DAY, 8 * DAY, HERE),
        "here, ended within memory": (9 * DAY, 3 * DAY, HERE),
    }
    for key in ago:
        run = admitted(one, key, target=key)
        one.finish(run, SUCCEEDED, "{}")
    for key, (started, ended, target) in ago.items():
        at = None if ended is None else now - ended
        hindsight.happened(key, started_at=now - started, ended_at=at, target=target)
    hindsight.happened("still at work", outcome=None, lease_until=now + LEASE)
    seen: list[str] = []

    def look(past: Sequence[PastRun], now: datetime) -> str:
        seen.extend(run.key for run in past)
        return "only looking"

    assert one.admit(wanted(), look, 4 * DAY, LEASE) == Denied("only looking")
    assert sorted(seen) == ["here", "here, ended within memory", "lately", "still at work"]


def test_successes_that_did_not_last_stop_automation_with_their_chain(
    one: Remediations, other: Remediations
) -> None:
    for number, worker in enumerate((one, other, one)):
        key = f"INC-{number}AAAAAAAAA:1:runbook:1"
        worker.finish(admitted(worker, key), SUCCEEDED, "{}")
    refused = admit(other)
    assert isinstance(refused, Denied)
    assert "restart has helped 3 times in a row" in refused.reason
    assert [f"INC-{number}AAAAAAAAA" in refused.reason for number in range(3)] == [True] * 3


# Going on with it


def test_who_comes_while_the_lease_holds_is_told_how_long(
    one: Remediations, other: Remediations
) -> None:
    admitted(one)
    for answer in (other.take_over(KEY, LEASE), admit(other), admit(one)):
        assert isinstance(answer, TargetBusy)
        assert timedelta(seconds=30) < answer.wait <= LEASE


def test_a_lease_that_is_over_is_taken_over(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    admitted(one)
    hindsight.lease_ended(SECOND)
    run = taken_over(other)
    assert (run.fence, run.resumed, run.plan) == (2, True, '{"title": "…"}')
    assert isinstance(one.take_over(KEY, LEASE), TargetBusy), "the new attempt's lease holds"


def test_admission_goes_on_with_what_is_on_record_whatever_the_guards_say(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    admitted(one)
    hindsight.lease_ended(SECOND)
    run = admitted(other, per_hour=1, max_concurrent=1)
    assert run.fence == 2


def test_a_renewed_lease_is_not_over(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    run = admitted(one)
    hindsight.lease_ended(SECOND)
    one.renew(run, LEASE)
    assert isinstance(other.take_over(KEY, LEASE), TargetBusy)


def test_what_was_released_can_be_taken_over_at_once_but_holds_its_target(
    one: Remediations, other: Remediations
) -> None:
    run = admitted(one)
    one.intend(run, 1, undoing=False)
    one.release(run)
    assert isinstance(admit(other, OTHER_KEY), Denied)
    next_one = taken_over(other)
    assert next_one.lines == (JournalLine(1, False, StepState.INTENDED),)


def test_the_result_of_what_has_ended_is_given_again(
    one: Remediations, other: Remediations
) -> None:
    run, line = admitted(one), JournalLine(1, False, StepState.DONE, "step 1 of 1 succeeded")
    one.ended(run, line)
    one.finish(run, SUCCEEDED, '{"answer": "yes"}')
    again = AlreadyFinished('{"answer": "yes"}', (line,))
    assert other.take_over(KEY, LEASE) == again
    assert admit(other) == again


# Given up


def test_a_target_that_nobody_goes_on_with_is_free_after_an_hour(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    lost = admitted(one)
    one.intend(lost, 1, undoing=False)
    hindsight.lease_ended(GIVEN_UP_AFTER - timedelta(seconds=30))
    assert isinstance(admit(other, OTHER_KEY), Denied), "not yet"

    then = hindsight.lease_ended(GIVEN_UP_AFTER + SECOND)
    assert isinstance(admit(other, OTHER_KEY), Granted)
    given_up = one.history()[0]
    assert (given_up.outcome, given_up.ended_at) == (RemediationOutcome.UNKNOWN, then)
    line = JournalLine(1, False, StepState.INTENDED)
    assert one.take_over(KEY, LEASE) == AlreadyFinished(None, (line,))
    with pytest.raises(Fenced):
        one.renew(lost, LEASE)


def test_only_what_nobody_else_wanted_meanwhile_is_gone_on_with_after_days(
    one: Remediations, hindsight: Hindsight
) -> None:
    admitted(one)
    hindsight.lease_ended(3 * DAY)
    assert taken_over(one).fence == 2
    assert isinstance(admit(one, OTHER_KEY), Denied)


def test_what_is_held_back_gives_nobody_up(one: Remediations, hindsight: Hindsight) -> None:
    admitted(one)
    hindsight.lease_ended(2 * GIVEN_UP_AFTER)
    admitted(one, OTHER_KEY, ELSEWHERE)
    refused = admit(one, "INC-CCCCCCCCCC:1:runbook:1", "service:mail", max_concurrent=1)
    assert refused == Denied("1 remediations run already, and at most 1 may")
