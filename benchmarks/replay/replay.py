"""A whole log, replayed: many incidents at once, and what came of it."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.replay.comparison import Mismatch, compare
from benchmarks.replay.driver import Driver, Stuck
from benchmarks.replay.log import LoggedIncident
from benchmarks.replay.plan import steps_of
from benchmarks.replay.policy import TEMPLATE
from benchmarks.replay.stage import Stage, place_of_its_own, staged
from benchmarks.replay.states import Seen
from standfast.intake.cancellation import is_cancelled

AT_ONCE = 16
"""Incidents: enough for two cores; more would only make each of them wait."""

ON_ONE_STAGE = 1_000
"""Incidents; then a new server begins, for this one keeps every history in memory."""


@dataclass
class Result:
    """What came of a replay, so far.

    actions: how often each was sent; `auto_close` is where nobody did anything.
    behind: the longest that an incident was behind its event.
    """

    incidents: int = 0
    exact: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)
    seconds: float = 0
    events: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    behind: timedelta = timedelta()

    def add(self, incident: LoggedIncident, seen: Sequence[Seen], stuck: str) -> None:
        """One more incident."""
        differs = compare(incident, seen, stuck)
        self.incidents += 1
        self.exact += not differs
        self.mismatches += differs
        self.events += len(incident.events)
        self.actions.update(step.name for steps in steps_of(incident) for step in steps)
        self.behind = max([self.behind, *(saw.behind for saw in seen if saw.behind)])

    @property
    def share(self) -> float:
        """Of the incidents, those that match exactly."""
        return self.exact / self.incidents if self.incidents else 0.0

    def document(self) -> dict[str, Any]:
        """For machines."""
        return {
            "incidents": self.incidents,
            "exact": self.exact,
            "share": round(self.share, 5),
            "mismatches": [mismatch.row() for mismatch in self.mismatches],
            "seconds": round(self.seconds, 1),
            "events": self.events,
            "actions": dict(self.actions.most_common()),
            "behind_seconds": round(self.behind.total_seconds(), 1),
        }


async def replay(
    incidents: Sequence[LoggedIncident],
    progress: Callable[[Result], None],
    template: Path = TEMPLATE,
) -> Result:
    """Replay all of them under the policy that the template gives; `progress` is told of each.

    Raises:
        StageFailed: server or workers ended.
    """
    result, began = Result(), time.monotonic()
    for start in range(0, len(incidents), ON_ONE_STAGE):
        batch = incidents[start : start + ON_ONE_STAGE]
        with place_of_its_own() as place:
            async with staged(place, batch, template) as stage:
                await stage.run(_all(stage, batch, result, began, progress))
    result.seconds = time.monotonic() - began
    return result


async def _all(
    stage: Stage,
    incidents: Sequence[LoggedIncident],
    result: Result,
    began: float,
    progress: Callable[[Result], None],
) -> None:
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(incident: LoggedIncident) -> None:
        async with turns:
            seen: list[Seen] = []
            stuck = ""
            try:
                async for saw in Driver(stage, incident).drive():
                    seen.append(saw)  # noqa: PERF401 - what was seen before it got stuck counts
            except Stuck as nothing:
                if is_cancelled():
                    raise asyncio.CancelledError from None
                stuck = str(nothing)
            result.add(incident, seen, stuck)
            result.seconds = time.monotonic() - began
            progress(result)

    async with asyncio.TaskGroup() as group:
        for incident in incidents:
            group.create_task(one(incident))
