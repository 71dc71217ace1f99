"""What a path may cost at most, counted from real histories: the budgets of the design.

That an answer to a page costs the same by every way is in `tests/stories/test_woken_at_night.py`.
"""

import pytest
from temporalio.testing import WorkflowEnvironment

from benchmarks.cost import FLOORS, floor_of, floor_worker
from benchmarks.counting import Cost, cost_of
from tests.stories.desk import Desk
from tests.stories.paths import PATHS

BUDGETS = {
    "automatic": Cost(events=24, workflow_tasks=4, actions=5, bytes=15_000),
    "human": Cost(events=52, workflow_tasks=8, actions=13, bytes=22_500),
}


@pytest.mark.parametrize("path", BUDGETS)
async def test_path_is_within_its_budget(desk: Desk, path: str) -> None:
    ticket = await PATHS[path](desk)
    cost, budget = cost_of(await ticket.handle.fetch_history()), BUDGETS[path]
    assert cost.events <= budget.events
    assert cost.workflow_tasks <= budget.workflow_tasks
    assert cost.actions <= budget.actions
    assert cost.bytes <= budget.bytes


async def test_repeated_report_costs_one_action(desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki", dedup_key="wiki-cost")
    await ticket.reaches_resolve()
    before = cost_of(await ticket.handle.fetch_history())
    await desk.report("Wiki crashed", service="wiki", dedup_key="wiki-cost")
    await ticket.told("reported_again")
    after = cost_of(await ticket.handle.fetch_history())
    assert after.actions - before.actions == 1


async def test_floor_is_below_every_budget(env: WorkflowEnvironment) -> None:
    """The floor is counted too, and says what a path without clocks and filters would cost."""
    async with floor_worker(env.client):
        for path in BUDGETS:
            floor = await floor_of(env.client, FLOORS[path])
            assert floor.actions < BUDGETS[path].actions


def test_every_path_has_a_floor() -> None:
    assert FLOORS.keys() == PATHS.keys()
