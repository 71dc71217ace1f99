"""What open incidents say of themselves, asked once for all who look at the board."""

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple

from temporalio.service import RPCError

from incidents.record import IncidentView
from intake.errors import IntakeError
from intake.lookup import Lookup

FRESH_FOR = 2.0
"""Seconds for which an answer is good for others, too."""

SILENT_FOR = 10.0
"""Seconds in which one that no worker spoke for is not asked again: it would hold up the others."""

_AT_ONCE = 10


class _Asked(NamedTuple):
    """A question that is under way or answered, and when it was asked."""

    at: float
    answer: asyncio.Task[IncidentView | None]


class LatestViews:
    """Asks a worker about incidents, at most so many at once, and about each once in a while."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._asked: dict[str, _Asked] = {}

    async def of(self, incident_ids: Sequence[str], within: float) -> dict[str, IncidentView]:
        """The views that could be had in so many seconds, by id."""
        now = time.monotonic()
        for known, asked in [*self._asked.items()]:
            if asked.answer.done() and now - asked.at > _good_for(asked.answer.result()):
                del self._asked[known]
        for each in incident_ids:
            if each not in self._asked:
                self._asked[each] = _Asked(now, asyncio.create_task(self._ask(each)))
        tasks = {each: self._asked[each].answer for each in incident_ids}
        if tasks:
            # Others may wait for the same answers, so those that come too late go on.
            await asyncio.wait(tasks.values(), timeout=within)
        found = {each: task.result() for each, task in tasks.items() if task.done()}
        return {each: view for each, view in found.items() if view is not None}

    async def _ask(self, incident_id: str) -> IncidentView | None:
        async with self._free:
            try:
                return await self._lookup.ask(incident_id)
            except (IntakeError, RPCError, RuntimeError):
                # The board has it without its clocks, and says how many those are.
                return None


def _good_for(answer: IncidentView | None) -> float:
    return SILENT_FOR if answer is None else FRESH_FOR
