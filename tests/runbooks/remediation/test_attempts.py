"""An attempt goes on where another one ended, or where the incident was withdrawn."""

import asyncio

import pytest
from temporalio.activity import ActivityCancellationDetails
from temporalio.testing import ActivityEnvironment

from standfast.incidents.resolution import RemediationOutcome
from tests.hosting.processes import lives
from tests.runbooks.remediation.place import Place, step

# After an attempt whose outcome nobody saw (all the ways: runbooks/test_executor_kill_points.py)


async def test_an_attempt_after_the_end_gives_the_result_again(place: Place) -> None:
    place.heal()
    steps = (step("./note do-1"), step("./note do-2"))
    first = await place.remediate(*steps)
    again = await place.remediate(*steps, attempt=2)

    assert again == first
    assert place.effects == ["do-1", "do-2"]


async def test_an_attempt_that_was_given_up_is_gone_on_with_by_the_next(place: Place) -> None:
    steps = (step("./note do-1"), step("./wait do-2"), step("./heal"))
    running = asyncio.create_task(place.remediate(*steps))
    await place.sees("do-2")
    place.env.cancel(ActivityCancellationDetails(timed_out=True))
    with pytest.raises(asyncio.CancelledError):
        await running

    place.env = ActivityEnvironment()
    result = await place.remediate(*steps, attempt=2)
    assert place.effects == ["do-1", "do-2"]
    assert result.outcome is RemediationOutcome.UNKNOWN
    assert result.left == ("nobody knows whether step 2 of 3 was done: it has no check of its own",)


async def test_a_worker_that_shuts_down_leaves_the_rest_to_the_next_at_once(place: Place) -> None:
    done = {"check": ["./is-healthy"]}
    steps = (step("./note do-1", "./note undo-1"), step("./wait do-2") | done)
    running = asyncio.create_task(place.remediate(*steps))
    await place.sees("do-2")
    place.env.cancel(ActivityCancellationDetails(worker_shutdown=True))
    with pytest.raises(asyncio.CancelledError):
        await running
    assert place.effects == ["do-1", "do-2"]

    place.heal()
    place.env = ActivityEnvironment()
    result = await place.remediate(*steps, attempt=2)
    assert result.yes
    assert "step 2 of 2 had been done" in result.reasons
    assert place.effects == ["do-1", "do-2"]


# Cancelled


WITHDRAWN = ActivityCancellationDetails(cancel_requested=True)


async def test_withdrawn_it_ends_the_step_undoes_and_says_so(place: Place) -> None:
    running = asyncio.create_task(
        place.remediate(step("./note do-1", "./note undo-1"), step("./hang do-2", "./note undo-2"))
    )
    await place.sees("do-2")

    place.env.cancel(WITHDRAWN)
    result = await running
    assert not lives(place.hanging_pid)
    assert place.effects == ["do-1", "do-2", "undo-2", "undo-1"]
    assert result.outcome is RemediationOutcome.STOPPED
    assert result.left == ()


async def test_withdrawn_after_its_worker_died_it_is_only_undone(place: Place) -> None:
    steps = (step("./note do-1", "./note undo-1"), step("./hang do-2", "./note undo-2"))
    running = asyncio.create_task(place.remediate(*steps))
    await place.sees("do-2")
    place.env.cancel(ActivityCancellationDetails(timed_out=True))
    with pytest.raises(asyncio.CancelledError):
        await running

    place.env = ActivityEnvironment()
    result = await place.remediate(*steps, withdrawn=True)
    assert place.effects == ["do-1", "do-2", "undo-2", "undo-1"]
    assert result.outcome is RemediationOutcome.STOPPED


async def test_withdrawn_an_only_step_is_undone_though_the_check_says_nothing_is_well(
    place: Place,
) -> None:
    only = step("./wait do-1", "./note undo-1")
    running = asyncio.create_task(place.remediate(only))
    await place.sees("do-1")
    place.env.cancel(ActivityCancellationDetails(timed_out=True))
    with pytest.raises(asyncio.CancelledError):
        await running

    place.env = ActivityEnvironment()
    result = await place.remediate(only, withdrawn=True)
    assert place.effects == ["do-1", "undo-1"]
    assert result.left == (
        "nobody knows whether step 1 of 1 was done: it has no check of its own; it was undone all"
        " the same",
    )


async def test_withdrawn_before_anything_ran_nothing_runs(place: Place) -> None:
    result = await place.remediate(step("./note do-1"), withdrawn=True)

    assert result.outcome is RemediationOutcome.REFUSED
    assert place.effects == []


@pytest.mark.parametrize("lost", ["timed_out", "not_found"])
async def test_an_attempt_that_temporal_gave_up_leaves_undoing_to_the_next(
    place: Place, lost: str
) -> None:
    running = asyncio.create_task(place.remediate(step("./hang do-1", "./note undo-1")))
    await place.sees("do-1")

    place.env.cancel(ActivityCancellationDetails(**{lost: True}))
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not lives(place.hanging_pid)
    assert place.effects == ["do-1"]


async def test_a_cancellation_while_undoing_changes_nothing(place: Place) -> None:
    running = asyncio.create_task(
        place.remediate(step("./note do-1", "./note undo-1"), step("./fail do-2", "./wait undo-2"))
    )
    await place.sees("undo-2")

    place.env.cancel(WITHDRAWN)
    await asyncio.sleep(0)
    (place.directory / "go-on").touch()
    result = await running
    assert result.rolled_back is True
    assert place.effects == ["do-1", "do-2", "undo-2", "undo-1"]
