"""A runbook whose attempts die anywhere, any number of times."""

import asyncio
from contextlib import suppress

from hypothesis import event, given, settings
from hypothesis import strategies as st

from standfast.incidents.resolution import RemediationOutcome
from standfast.records.remediation import StepState
from standfast.runbooks.executor import RunbookExecutor
from tests.examples import examples
from tests.runbooks.little_world import Killed, Step, World

SUCCEEDED, FAILED, _, UNKNOWN, STOPPED = RemediationOutcome


POINTS = st.lists(st.integers(1, 40), max_size=6)
"""The point at which each attempt dies; one that comes to fewer points ends."""

WHOLE = st.builds(Step, ends=st.sampled_from(["well"] * 5 + ["broken", "idle", "missing"]))
ANY = st.builds(
    Step,
    ends=st.sampled_from(["well"] * 5 + ["broken", "idle", "missing"]),
    check=st.sampled_from(["sees", "blind", "none"]),
    undo=st.sampled_from(["works", "works", "broken", "none"]),
)


def lived(
    world: World, deaths: list[int], cancelled: int | None, withdrawn_from: int | None
) -> tuple[RunbookExecutor, RemediationOutcome]:
    """Attempts that die, until one comes to the end; the incident may be withdrawn meanwhile."""

    async def live() -> tuple[RunbookExecutor, RemediationOutcome]:
        for number, dies in enumerate([*deaths, None]):
            withdrawn = withdrawn_from is not None and number >= withdrawn_from
            with suppress(Killed):
                return await world.attempt(dies=dies, cancelled=cancelled, withdrawn=withdrawn)
        raise AssertionError("the last one dies of nothing")

    with asyncio.Runner() as runner:
        return runner.run(live())


def came_back_right(world: World) -> bool:
    """Never forward after the first undoing, in reverse order, nothing that was not begun."""
    undone = [what for what in world.done if what.startswith("undo")]
    ends_with_undoing = world.done[len(world.done) - len(undone) :] == undone
    numbers = [int(what.removeprefix("undo-")) for what in undone]
    begun = all(
        (number, False) in world.lines
        and world.lines[number, False].state is not StepState.NOT_STARTED
        for number in numbers
    )
    return ends_with_undoing and numbers == sorted(numbers, reverse=True) and begun


@settings(max_examples=examples(300))
@given(
    steps=st.lists(WHOLE, min_size=1, max_size=4),
    helps=st.booleans(),
    deaths=POINTS,
    cancelled=st.none() | st.integers(1, 40),
    withdrawn_from=st.none() | st.integers(0, 3),
)
def test_with_checks_every_effect_and_every_undo_happens_exactly_once(
    steps: list[Step],
    helps: bool,
    deaths: list[int],
    cancelled: int | None,
    withdrawn_from: int | None,
) -> None:
    world = World(tuple(steps), helps=helps)
    executor, outcome = lived(world, deaths, cancelled, withdrawn_from)
    event(outcome)
    numbers = range(1, len(steps) + 1)
    effects = [world.times(f"do-{number}") for number in numbers]
    undos = [world.times(f"undo-{number}") for number in numbers]

    assert outcome is not UNKNOWN
    assert executor.left == []
    assert came_back_right(world)
    if outcome is SUCCEEDED:
        assert world.is_well()
        assert effects == [1] * len(steps)
        assert undos == [0] * len(steps)
        return
    assert max(effects + undos) <= 1
    for number, effect, undo in zip(numbers, effects, undos, strict=True):
        assert effect == undo or (effect < undo and f"do-{number}" in world.half_done)
    if cancelled is None and withdrawn_from is None:
        assert outcome is FAILED
        assert not helps or any(step.ends != "well" for step in steps)
        if all(step.ends == "well" for step in steps):
            assert effects == [1] * len(steps), "all was tried before it was undone"


@settings(max_examples=examples(500))
@given(
    steps=st.lists(ANY, min_size=2, max_size=4),
    helps=st.booleans(),
    early=st.booleans(),
    deaths=POINTS,
    cancelled=st.none() | st.integers(1, 40),
    withdrawn_from=st.none() | st.integers(0, 3),
)
def test_whatever_the_checks_can_see_nothing_is_done_twice_and_doubt_is_said(
    steps: list[Step],
    helps: bool,
    early: bool,
    deaths: list[int],
    cancelled: int | None,
    withdrawn_from: int | None,
) -> None:
    world = World(tuple(steps), helps=helps, early=early)
    executor, outcome = lived(world, deaths, cancelled, withdrawn_from)
    event(f"{outcome}{', something is left' if executor.left else ''}")

    assert came_back_right(world)
    assert all(world.times(what) == 1 for what in world.done)
    if outcome is SUCCEEDED:
        assert world.is_well()
        assert not any(what.startswith("undo") for what in world.done)
        assert executor.left == []
        return
    if outcome is UNKNOWN:
        assert executor.left
    assert (executor.rolled_back is False) == bool(executor.left)
    for number, step in enumerate(steps, start=1):
        said = any(f"step {number} of {len(steps)} " in sentence for sentence in executor.left)
        if world.is_there(number) and step.undo != "none":
            assert said, f"step {number} is still there"
        undone_without_effect = world.times(f"undo-{number}") > world.times(f"do-{number}")
        if undone_without_effect:
            assert said or f"do-{number}" in world.half_done, f"step {number}: undone for nothing"
