"""Running a runbook in a little world, where an attempt may die at any point."""

import pytest

from standfast.incidents.resolution import RemediationOutcome
from standfast.runbooks.executor import WITHDRAWN, RunbookExecutor
from tests.runbooks.little_world import Killed, Step, World

SUCCEEDED, FAILED, _, UNKNOWN, STOPPED = RemediationOutcome


async def killed(world: World, *points: str) -> None:
    """As many attempts as there are points, each of which dies at its own."""
    for point in points:
        with pytest.raises(Killed):
            await world.attempt(dies=point)


# Nobody dies


async def test_all_steps_and_the_check_in_order() -> None:
    world = World((Step(), Step(), Step()))
    executor, outcome = await world.attempt()
    assert outcome is SUCCEEDED
    assert world.done == ["do-1", "do-2", "do-3"]
    assert executor.reasons[-1] == "the check succeeded"
    assert (executor.rolled_back, executor.left) == (None, [])


async def test_what_does_not_help_is_undone_in_reverse_order() -> None:
    world = World((Step(), Step(undo="none"), Step()), helps=False)
    executor, outcome = await world.attempt()
    assert outcome is FAILED
    assert world.done == ["do-1", "do-2", "do-3", "undo-3", "undo-1"]
    assert (executor.rolled_back, executor.left) == (True, [])
    assert world.undoing_because == "the check failed with exit code 1"


ENDINGS = [
    # how the second of three steps ends, what was done in the end
    ("broken", ["do-1", "do-2", "undo-2", "undo-1"]),
    ("idle", ["do-1", "undo-2", "undo-1"]),  # it may be half done
    ("missing", ["do-1", "undo-1"]),
]


@pytest.mark.parametrize(("ends", "done"), ENDINGS)
async def test_a_step_that_does_not_succeed_is_the_last(ends: str, done: list[str]) -> None:
    world = World((Step(), Step(ends=ends), Step()))
    _, outcome = await world.attempt()
    assert outcome is FAILED
    assert world.done == done


async def test_what_cannot_be_undone_is_left_and_the_rest_is_undone() -> None:
    world = World((Step(), Step(undo="broken"), Step()), helps=False)
    executor, outcome = await world.attempt()
    assert outcome is FAILED
    assert world.done == ["do-1", "do-2", "do-3", "undo-3", "undo-1"]
    assert executor.rolled_back is False
    assert executor.left == [
        "step 2 of 3 could not be undone: undoing step 2 of 3 failed with exit code 9"
    ]


# A step of which nobody saw the end: row by row as the docstring of `executor.py` tells it


async def test_its_check_says_done_and_the_next_step_follows() -> None:
    world = World((Step(), Step()))
    await killed(world, "do-1: after it")
    executor, outcome = await world.attempt()
    assert outcome is SUCCEEDED
    assert world.done == ["do-1", "do-2"]
    assert executor.reasons[:3] == [
        "nobody saw step 1 of 2 end, since its worker was lost",
        "the check of step 1 of 2 succeeded",
        "step 1 of 2 had been done",
    ]


async def test_its_check_says_not_done_and_it_is_run_again() -> None:
    world = World((Step(), Step()))
    await killed(world, "do-1: before it")
    executor, outcome = await world.attempt()
    assert outcome is SUCCEEDED
    assert world.done == ["do-1", "do-2"]
    assert "step 1 of 2 had not been done, so it is run again" in executor.reasons


async def test_its_check_cannot_look_and_nobody_knows() -> None:
    world = World((Step(), Step(check="blind"), Step()))
    await killed(world, "do-2: after it")
    executor, outcome = await world.attempt()
    assert outcome is UNKNOWN
    assert world.done == ["do-1", "do-2", "undo-2", "undo-1"]
    assert not any("run again" in reason for reason in executor.reasons)
    assert executor.left == [
        "nobody knows whether step 2 of 3 was done: its check was not done within 30 s; "
        "it was undone all the same"
    ]


async def test_the_only_steps_check_is_the_runbooks() -> None:
    done = World((Step(check="none"),))
    await killed(done, "do-1: after it")
    not_done = World((Step(check="none"),))
    await killed(not_done, "do-1: before it")
    for world in (done, not_done):
        assert (await world.attempt())[1] is SUCCEEDED
        assert world.done == ["do-1"]


async def test_one_of_several_without_a_check_has_helped_already() -> None:
    world = World((Step(), Step(check="none"), Step()), early=True)
    await killed(world, "do-2: before it")
    executor, outcome = await world.attempt()
    assert outcome is SUCCEEDED
    assert world.done == ["do-1"], "nothing was run again, nor any further step"
    assert executor.reasons[-1] == "an earlier attempt had done it: nothing was run again"


@pytest.mark.parametrize("lost", ["do-2: before it", "do-2: after it"])
async def test_of_one_of_several_without_a_check_nobody_knows(lost: str) -> None:
    world = World((Step(), Step(check="none", undo="none")), helps=False)
    await killed(world, lost)
    executor, outcome = await world.attempt()
    assert outcome is UNKNOWN
    assert world.done in (["do-1", "undo-1"], ["do-1", "do-2", "undo-1"])
    assert executor.left == [
        "nobody knows whether step 2 of 2 was done: it has no check of its own"
    ]


# An undoing of which nobody saw the end


async def test_the_effect_is_gone_so_it_was_undone() -> None:
    world = World((Step(), Step()), helps=False)
    await killed(world, "undo-2: after it")
    executor, outcome = await world.attempt()
    assert outcome is FAILED
    assert world.done == ["do-1", "do-2", "undo-2", "undo-1"]
    assert executor.reasons[-3:] == [
        "the check of step 2 of 2 failed with exit code 1",
        "step 2 of 2 had been undone",
        "undoing step 1 of 2 succeeded",
    ]
    assert (executor.rolled_back, executor.left) == (True, [])


async def test_the_effect_is_there_so_it_is_undone_now() -> None:
    world = World((Step(), Step()), helps=False)
    await killed(world, "undo-2: before it")
    executor, outcome = await world.attempt()
    assert outcome is FAILED
    assert world.done == ["do-1", "do-2", "undo-2", "undo-1"]
    assert "step 2 of 2 had not been undone, so its undoing is run again" in executor.reasons


@pytest.mark.parametrize(
    ("check", "why"),
    [("none", "it has no check of its own"), ("blind", "its check was not done within 30 s")],
)
@pytest.mark.parametrize("lost", ["undo-2: before it", "undo-2: after it"])
async def test_nobody_knows_whether_it_was_undone(check: str, why: str, lost: str) -> None:
    world = World((Step(), Step(check=check)), helps=False)
    await killed(world, lost)
    executor, outcome = await world.attempt()
    assert outcome is UNKNOWN
    assert world.times("undo-2") <= 1
    assert world.done[-1] == "undo-1", "the rest is undone"
    assert executor.left == [f"nobody knows whether step 2 of 2 was undone: {why}"]
    assert executor.rolled_back is False


# Dying more than once


async def test_every_attempt_goes_on_where_the_one_before_stood() -> None:
    world = World((Step(), Step(), Step()), helps=False)
    await killed(
        world,
        "do-1: after it",
        "check-1: after it",
        "do-2: before it",
        "do-2: before it",
        "do-3: before its end is written",
        "check: after it",
        "undoing: after it is written",
        "undo-3: after it",
        "undo-2: after its intention is written",
        "check-2: before it",
        "undo-1: before its end is written",
    )
    executor, outcome = await world.attempt()
    assert outcome is FAILED
    assert world.done == ["do-1", "do-2", "do-3", "undo-3", "undo-2", "undo-1"]
    assert (executor.rolled_back, executor.left) == (True, [])


async def test_once_undoing_has_begun_nothing_goes_forward_even_when_all_is_well() -> None:
    world = World((Step(), Step()), helps=False)
    await killed(world, "undoing: after it is written")
    world.helps = True
    assert (await world.attempt())[1] is FAILED
    assert world.done == ["do-1", "do-2", "undo-2", "undo-1"]


async def test_what_was_unknown_stays_unknown_to_the_next_attempt() -> None:
    world = World((Step(), Step(check="none"), Step()))
    await killed(world, "do-2: after it", "undo-2: after its end is written")
    executor, outcome = await world.attempt()
    assert outcome is UNKNOWN
    assert world.done == ["do-1", "do-2", "undo-2", "undo-1"]
    assert executor.left == [
        "nobody knows whether step 2 of 3 was done: it has no check of its own; "
        "it was undone all the same"
    ]


async def test_an_undoing_that_failed_is_not_tried_again() -> None:
    world = World((Step(), Step(undo="broken")), helps=False)
    await killed(world, "undo-2: after its end is written")
    world.steps = (Step(), Step())
    executor, outcome = await world.attempt()
    assert outcome is FAILED
    assert world.done == ["do-1", "do-2", "undo-1"]
    assert len(executor.left) == 1


# Withdrawn


async def test_withdrawn_in_a_step_it_is_undone_with_those_before() -> None:
    world = World((Step(), Step(), Step()))
    executor, outcome = await world.attempt(cancelled="do-2: after it")
    assert outcome is STOPPED
    assert world.done == ["do-1", "do-2", "undo-2", "undo-1"]
    assert "step 2 of 3 was cancelled" in executor.reasons
    assert (executor.rolled_back, executor.left) == (True, [])


@pytest.mark.parametrize("check", ["sees", "none"])
async def test_withdrawn_before_a_step_began_it_is_not_undone(check: str) -> None:
    world = World((Step(), Step(check=check), Step()))
    executor, outcome = await world.attempt(cancelled="do-2: after its intention is written")
    assert outcome is STOPPED
    assert world.done == ["do-1", "undo-1"]
    assert executor.left == []


@pytest.mark.parametrize("end", ["do-2: after its intention is written", "do-2: before it"])
async def test_how_a_step_was_cut_short_is_known_to_the_next_attempt(end: str) -> None:
    world = World((Step(), Step(check="blind")))
    with pytest.raises(Killed):
        await world.attempt(cancelled=end, dies="undo-1: before it")
    executor, outcome = await world.attempt(withdrawn=True)
    assert outcome is STOPPED
    assert world.done[-1] == "undo-1"
    assert world.times("undo-2") == (1 if end == "do-2: before it" else 0)
    assert executor.left == []


async def test_withdrawn_after_its_worker_died_the_check_tells_what_to_undo() -> None:
    for lost, done in (
        ("do-2: before it", ["do-1", "undo-1"]),
        ("do-2: after it", ["do-1", "do-2", "undo-2", "undo-1"]),
    ):
        world = World((Step(), Step(), Step()))
        await killed(world, lost)
        executor, outcome = await world.attempt(withdrawn=True)
        assert outcome is STOPPED
        assert world.done == done
        assert executor.left == []


@pytest.mark.parametrize("then", [(), ("undo-1: after it",)])
async def test_withdrawn_after_its_worker_died_what_nobody_knows_is_left(
    then: tuple[str, ...],
) -> None:
    world = World((Step(), Step(check="none", undo="none")))
    await killed(world, "do-2: after it")
    for point in then:
        with pytest.raises(Killed):
            await world.attempt(dies=point, withdrawn=True)
    executor, outcome = await world.attempt(withdrawn=True)
    assert outcome is STOPPED
    assert world.done == ["do-1", "do-2", "undo-1"]
    assert executor.left == [
        "nobody knows whether step 2 of 2 was done: it has no check of its own"
    ]


async def test_withdrawn_while_undoing_it_is_undone_for_the_first_reason() -> None:
    world = World((Step(), Step()), helps=False)
    await killed(world, "undo-2: after it")
    assert (await world.attempt(withdrawn=True))[1] is FAILED
    assert world.done == ["do-1", "do-2", "undo-2", "undo-1"]
    assert world.undoing_because == "the check failed with exit code 1"


async def test_withdrawn_when_it_is_back_nothing_happens_again() -> None:
    world = World((Step(), Step()))
    executor = RunbookExecutor(world.runbook, world.do_work, world)
    await executor.roll_back(WITHDRAWN)
    await executor.roll_back(WITHDRAWN)
    assert await executor.run() is STOPPED
    assert world.done == []
