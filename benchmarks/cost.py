"""What each path through the flowchart costs, beside the least that it could.

    python -m benchmarks.cost [--json]

Every number is counted from histories that this run makes on the real server.
"""

import argparse
import asyncio
import json
import os
import tempfile
import uuid
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.table import Table
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from benchmarks.counting import Cost, cost_of
from benchmarks.floor import Floor, Needs, decide_everything, touch_the_world
from standfast.hosting.hard_exit import hard_exit
from standfast.policy_file.source import PolicySource
from tests.conftest import virtual_time
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import open_desk
from tests.stories.paths import PATHS

FLOORS: dict[str, Needs] = {
    "automatic": Needs(worldly=(2,)),  # runbook; close
    "approved": Needs(worldly=(1, 2)),  # ask; runbook, close
    "human": Needs(worldly=(1, 0, 1, 1)),  # page; question; close
    "runbook_failed": Needs(worldly=(2, 0, 1, 1)),
    "high_but_not_critical": Needs(worldly=(1, 1, 1)),
    "critical": Needs(worldly=(2, 0, 1, 1)),
    "nobody_acknowledges": Needs(worldly=(2, 0, 1, 1)),
    "unresolved": Needs(worldly=(1, 0, 1, 1, 1, 1)),
    "partial_then_clear": Needs(worldly=(1, 1, 0, 1)),
    "recurs": Needs(worldly=(1, 1, 0, 1, 1, 1)),  # comes back: tell who solved it; page
    "still_partial": Needs(worldly=(1, 1, 1, 1, 1)),
    "asked_to_escalate": Needs(worldly=(1, 0, 1, 1, 1)),
    "held": Needs(worldly=(1, 0, 0, 0, 2)),
    "withdrawn": Needs(worldly=(1, 1)),
}
"""What people and the world do on each path: effects before the first update, then after each."""


def floor_worker(client: Client) -> Worker:
    """Runs the bare workflow."""
    return Worker(
        client,
        task_queue="floor",
        workflows=[Floor],
        activities=[decide_everything, touch_the_world],
    )


async def floor_of(client: Client, needs: Needs) -> Cost:
    """The cost of a bare workflow that does just that, on the same server."""
    handle = await client.start_workflow(
        Floor.run, needs, id=f"floor-{uuid.uuid4()}", task_queue="floor"
    )
    for _ in needs.worldly[1:]:
        await handle.execute_update(Floor.act)
    await handle.result()
    return cost_of(await handle.fetch_history())


async def costs(env: WorkflowEnvironment, place: Path) -> dict[str, tuple[Cost, Cost]]:
    """Every path's cost and its floor."""
    counted = {}
    with HttpSink() as sink:
        policy = PolicySource(write_policy(place / "policy.yaml", sink.address, place))
        async with open_desk(env, policy, sink, place) as desk, floor_worker(env.client):
            for name, story in PATHS.items():
                ticket = await story(desk)
                history = await ticket.handle.fetch_history()
                counted[name] = (cost_of(history), await floor_of(env.client, FLOORS[name]))
    return counted


async def _measure() -> dict[str, tuple[Cost, Cost]]:
    async with virtual_time() as env:
        with tempfile.TemporaryDirectory() as place:
            return await costs(env, Path(place))


def _table(counted: dict[str, tuple[Cost, Cost]]) -> Table:
    table = Table("path", "events", "floor", "tasks", "floor", "Actions", "floor", "bytes")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, (cost, floor) in counted.items():
        pairs = (
            (cost.events, floor.events),
            (cost.workflow_tasks, floor.workflow_tasks),
            (cost.actions, floor.actions),
        )
        table.add_row(name, *(str(n) for pair in pairs for n in pair), f"{cost.bytes:,}")
    return table


def main() -> NoReturn:
    """Print the table, or with --json the rows."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.cost",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    as_json = parser.parse_args().json
    # The server prints a banner on the standard output that it inherits; ours is for the result.
    console = Console(file=os.fdopen(os.dup(1), "w"))
    os.dup2(2, 1)
    counted = asyncio.run(_measure())
    if as_json:
        rows = [
            {"path": name, **cost.model_dump(), "floor": floor.model_dump(exclude={"bytes"})}
            for name, (cost, floor) in counted.items()
        ]
        console.file.write(json.dumps(rows, indent=2) + "\n")
    else:
        console.print(_table(counted))
    console.file.flush()
    hard_exit(0)


if __name__ == "__main__":
    main()
