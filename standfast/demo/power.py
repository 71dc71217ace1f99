"""The power cut: the worker and its Temporal server are killed, and restarted on their data."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from standfast.demo.board import Board
from standfast.demo.stage import Killed, Stage, StageFailed
from standfast.incidents.flowchart import Box
from standfast.intake.errors import IntakeError

_REST_WITHIN = 60.0
_MOMENT_WITHIN = 20.0


class Resting(Protocol):
    """The part of a scene that is used here."""

    resting: bool


@dataclass
class PowerCut:
    """The result of a power cut. `open` are the incidents that were open then, and their paths."""

    killed: Killed
    open: dict[str, tuple[Box, ...]]
    seconds: float = 0
    lost: list[str] = field(default_factory=list)
    """Incidents that did not come back as they were, each with what is wrong."""


class Power:
    """The one power cut, which the stories wait for. `back` is set when it is over."""

    def __init__(self, stage: Stage, board: Board, say: Callable[[str, str], None]) -> None:
        self.back = asyncio.Event()
        self.cut: PowerCut | None = None
        self.is_off = False
        self.scenes: Sequence[Resting] = ()
        self._stage = stage
        self._board = board
        self._say = say

    async def all_rest(self, but: Resting) -> None:
        """Wait until the people of all other scenes are idle."""
        others = [scene for scene in self.scenes if scene is not but]
        await _soon(lambda: all(scene.resting for scene in others), "rest", _REST_WITHIN)

    async def cut_when(self, ready: Callable[[], bool], what: str) -> None:
        """Wait for the moment, cut the power, restart, and check whether anything was lost."""
        await _soon(ready, f"see {what}", _MOMENT_WITHIN)
        async with self._board.resting:
            paths = {key: view.path for key, view in self._board.open.items()}
            began = time.monotonic()
            self.is_off = True
            killed = await self._stage.pull_the_plug()
            self.cut = PowerCut(killed, paths)
            self._say(
                "",
                f"POWER CUT: kill -9 of the worker (process {killed.worker_pid}) and of its "
                f"Temporal server (process {killed.server_pid}); {len(paths)} incidents are open",
            )
            await self._stage.start()
            self.cut.seconds = time.monotonic() - began
            self.is_off = False
        self._say("", f"started again on the same data, after {self.cut.seconds:.1f} s")
        self.back.set()
        await asyncio.gather(*(self._look_for(key, path) for key, path in paths.items()))
        back = len(paths) - len(self.cut.lost)
        self._say("", f"{back} of the {len(paths)} open incidents go on from where they were")

    async def _look_for(self, incident_id: str, path: tuple[Box, ...]) -> None:
        """An incident that was open must be where it was, or further."""
        lost = self.cut.lost if self.cut else []
        try:
            view = await self._board.seen_anew(incident_id)
        except IntakeError as gone:
            lost.append(str(gone))
            return
        if view.path[: len(path)] != path:
            lost.append(f"{incident_id} has another past: it was {' → '.join(path)}")


async def _soon(holds: Callable[[], bool], what: str, within: float) -> None:
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            raise StageFailed(f"the power cut waited {within:.0f} s in vain to {what}")
        await asyncio.sleep(0.05)
