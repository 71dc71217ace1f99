"""A replay that somebody waits for no longer goes on to its end, and ends no process with it."""

import asyncio
import threading

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from standfast.hosting.plugin import standfast_plugin
from standfast.lookup.replay_loop import in_replay_loop
from tests.histories.test_replay import FOLDER
from workflows.incident import IncidentWorkflow


async def test_cancelled_it_goes_on_elsewhere() -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    async def work() -> None:
        begun.set()
        await asyncio.to_thread(go_on.wait)
        ended.set()

    waits = asyncio.create_task(in_replay_loop(work()))
    await asyncio.to_thread(begun.wait, 60)
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waits
    go_on.set()
    assert await asyncio.to_thread(ended.wait, 60)


def test_a_loop_that_ends_in_the_middle_of_a_replay_ends() -> None:
    history = WorkflowHistory.from_json("INC-GOLDEN", (FOLDER / "held.json").read_text())

    async def short_life() -> None:
        replayer = Replayer(workflows=[IncidentWorkflow], plugins=[standfast_plugin()])
        replay = replayer.replay_workflow(history, raise_on_replay_failure=False)
        asyncio.ensure_future(in_replay_loop(replay))  # noqa: RUF006  left behind on purpose
        await asyncio.sleep(0.01)

    life = threading.Thread(target=asyncio.run, args=(short_life(),), daemon=True)
    life.start()
    life.join(60)
    assert not life.is_alive()
