"""The whole demo: all stories at the same time, with one power cut; then the result."""

import asyncio
import time
from collections.abc import Callable, Collection
from typing import NamedTuple

from temporalio.service import RPCError

from standfast.demo.board import Board
from standfast.demo.power import Power
from standfast.demo.result import Result, collect
from standfast.demo.scenarios import STORIES
from standfast.demo.scene import Scene
from standfast.demo.stage import Stage
from standfast.intake.cancellation import is_cancelled
from standfast.intake.errors import IntakeError

_Task = asyncio.Task[None]

LONGEST = 110.0
"""Seconds until stories that still run are stopped."""

_BETWEEN_REPORTS = 0.4


class Told(NamedTuple):
    """One message to the audience. `at` is in seconds from the start."""

    at: float
    incident_id: str
    what: str


class Performance:
    """One run of the demo.

    told: the messages to the audience so far, the oldest first.
    """

    def __init__(self, stage: Stage, listener: Callable[[Told], None]) -> None:
        self.stage = stage
        self.board = Board(stage)
        self.told: list[Told] = []
        self.began = time.monotonic()
        self._listener = listener
        self.power = Power(stage, self.board, self._say)
        self.scenes = [Scene(story, stage, self.board, self.power, self._say) for story in STORIES]
        self.power.scenes = self.scenes
        self._problems: dict[Scene, str] = {}

    async def run(self) -> Result:
        """Play all of it on a stage that has been started.

        Raises:
            StageFailed: the worker ended, or the power cut could not be made.
        """
        self._say("", "a Temporal server and a worker run; Fernhill's people begin to report")
        background = [
            asyncio.create_task(self.board.keep_fresh()),
            asyncio.create_task(self.stage.ended()),
        ]
        playing = [
            asyncio.create_task(self._play(scene, after=number * _BETWEEN_REPORTS))
            for number, scene in enumerate(self.scenes)
        ]
        try:
            async with asyncio.timeout(LONGEST):
                await _until_done(playing, background)
        except TimeoutError:
            for scene, task in zip(self.scenes, playing, strict=True):
                if not task.done():
                    self._problems[scene] = f"was not over after {LONGEST:.0f} s"
        finally:
            await _end([*playing, *background])
        seconds = time.monotonic() - self.began
        return await asyncio.to_thread(
            collect, self.stage, self.scenes, self._problems, self.power.cut, seconds
        )

    async def _play(self, scene: Scene, after: float) -> None:
        await asyncio.sleep(after)
        try:
            await scene.play()
        except (IntakeError, RPCError) as failed:
            if is_cancelled():
                raise asyncio.CancelledError from None
            self._problems[scene] = str(failed)
            self._say(scene.incident_id, f"PROBLEM: {failed}")

    def _say(self, incident_id: str, what: str) -> None:
        told = Told(time.monotonic() - self.began, incident_id, what)
        self.told.append(told)
        self._listener(told)


async def _until_done(awaited: Collection[_Task], background: Collection[_Task]) -> None:
    """Wait for all of the first; an error of any task, also of the background, is raised."""
    running = {*awaited, *background}
    while not all(task.done() for task in awaited):
        done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()


async def _end(tasks: Collection[_Task]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
